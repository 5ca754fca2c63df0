// Other tenants of the machine, looked at on a thread of its own; a tick asks and takes the latest
// answer, and never waits.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "core/time.h"
#include "os/host_root.h"
#include "sensing/linux/tenant_scan.h"
#include "sensing/linux/tenant_schedule.h"

namespace tidemark {

class TenantReader {
 public:
  /// `clock` outlives this.
  TenantReader(HostRoot host, const Clock& clock);

  /// True when a scan is due now; the caller then hands the question to `ask`.
  bool due(BootTime now, const TenantSigns& signs);
  void ask(TenantQuestion question, BootTime now, Bytes used);

  /// The latest scan. Absent: none is finished yet.
  std::optional<TenantScan> latest() const;

 private:
  void run(const std::stop_token& stop);

  HostRoot host_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  // Guarded by mutex_.
  TenantSchedule schedule_;
  std::optional<TenantQuestion> question_{};
  bool scanning_ = false;
  std::optional<TenantScan> latest_{};

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace tidemark
