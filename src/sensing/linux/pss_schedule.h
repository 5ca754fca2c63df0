// Whose smaps_rollup is read when. Reading it walks the page tables under the process's mmap lock
// and can stall a trainer with a large address space, so the time it takes is a budget: a share of
// wall time over all processes together.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "core/time.h"
#include "telemetry/process_sample.h"

namespace tidemark {

struct PssTarget {
  ProcessIdentity id{};
  ProcessRole role = ProcessRole::child;
  friend bool operator==(const PssTarget&, const PssTarget&) = default;
};

enum class PssOutcome : std::uint8_t {
  read,
  refused,  // not permitted, or this kernel has no such file: never tried again
  gone,     // it ended meanwhile, or was just exec'ing
};

/// Each read is paid for by a pause of all reading that makes it `budget_ratio` of the time. Only a
/// process's first read may come before the ones before it are paid for, up to 0.6 s of reading in
/// advance: without any reading its shared pages count in full.
class PssSchedule {
 public:
  /// 0 or less: nothing is ever read.
  explicit PssSchedule(double budget_ratio) : budget_ratio_(budget_ratio) {}

  /// The processes that live now. True when that was news.
  bool follow(std::span<const PssTarget> targets);

  /// While the machine waits for memory no read is begun.
  void hold(bool stalled) { held_ = stalled; }

  /// Never read before readers, main before workers before children; then the oldest reading.
  std::optional<PssTarget> due(BootTime now) const;

  /// When `due` may have an answer; absent: not before `follow` brings news.
  std::optional<BootTime> next_at(BootTime now) const;

  void finished(ProcessIdentity id, BootTime began, std::chrono::nanoseconds took,
                PssOutcome outcome);

 private:
  struct Entry {
    PssTarget target{};
    std::optional<BootTime> last_read{};
    bool refused = false;
    bool followed = true;
  };
  BootTime ready_at(const Entry& entry) const;
  static bool before(const Entry& a, const Entry& b);

  double budget_ratio_;
  bool held_ = false;
  BootTime paid_until_{};  // the reads so far are within the budget from then on
  std::vector<Entry> entries_;
};

}  // namespace tidemark
