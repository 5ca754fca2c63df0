// Reads smaps_rollup, or of large processes pagemap, on a thread of its own and leaves the latest
// answers in a slot.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/bytes.h"
#include "os/host_root.h"
#include "sensing/linux/pss_schedule.h"

namespace tidemark {

struct PssReading {
  ProcessIdentity id{};
  ProcessRole role = ProcessRole::child;
  BootTime at{};  // when it was complete
  Bytes rss{};    // from the same reading
  Bytes pss{};
  Bytes uss{};
  std::optional<Bytes> anon{};  // resident anonymous pages
  std::int64_t sharers = 1;     // processes of the run then: who a shared page was divided among
  bool counted = false;  // a large process: USS by count_pages, each shared page divided among all
};

class PssReader {
 public:
  /// `clock` outlives this.
  PssReader(HostRoot host, const Clock& clock, double budget_ratio);

  /// The processes that live now, and whether the machine waits for memory. Never blocks on a read.
  void follow(std::span<const PssTarget> targets, bool stalled);

  /// Copies the latest reading of each process that is followed.
  void copy_readings(std::vector<PssReading>& readings) const;

  /// True once a reading was refused: RSS stands in from then on.
  bool refused() const;

  /// Why a process's PSS is not known, once.
  std::optional<std::string> take_notice();

 private:
  void run(const std::stop_token& stop);
  void finish(const PssTarget& target, BootTime began, Result<PssReading> reading);

  HostRoot host_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  // Guarded by mutex_.
  PssSchedule schedule_;
  std::vector<PssReading> readings_;
  std::optional<std::string> notice_{};
  bool noticed_ = false;
  std::int64_t sharers_ = 1;
  bool news_ = false;

  std::jthread thread_;  // last: it uses all of the above
};

/// Gives `process` PSS and USS from a reading: this sample's RSS times the reading's ratios, but
/// for the anonymous pages that came since, which are its own (memory that a fork shares is there
/// from the fork on; a worker's first reading often comes before it has loaded anything). What was
/// shared then is divided among those who share it now: workers that ended leave the trainer's
/// pages to it alone. A measurement when it was made after `since` (the sample before this one), is
/// its own, not `counted`, and neither its RSS nor the number of sharers has moved; the reading may
/// be a sibling's.
void apply_pss(ProcessSample& process, const PssReading& reading, BootTime since,
               std::int64_t sharers_now);

}  // namespace tidemark
