// What happened between two samples of one run. Pure: samples in, events out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "telemetry/event.h"
#include "telemetry/host_sample.h"
#include "telemetry/pools.h"
#include "telemetry/sample_row.h"
#include "telemetry/settings.h"

namespace tidemark {

class EventDetector {
 public:
  EventDetector(MonitoringSettings settings, ClockAnchor anchor)
      : settings_(settings), anchor_(anchor) {}

  /// Workers that came or went, pools that crossed a threshold, OOM kills in the trainer's cgroup.
  /// `row` is the same sample flattened, with its devices; `cgroup` names the trainer's, which it
  /// may be moved out of.
  std::vector<EventRecord> detect(const HostSample& sample, const SampleRow& row,
                                  const std::string& cgroup);

  /// A step of the wall clock against the boot clock of more than a second since the last call.
  std::optional<EventRecord> detect_clock_step(BootTime now, WallTime wall);

  /// Everything that ever belonged to the run, with its last known name.
  const std::map<ProcessIdentity, std::string>& members() const { return members_; }

 private:
  void detect_workers(const HostSample& sample, std::vector<EventRecord>& events);
  void detect_thresholds(const SampleRow& row, std::vector<EventRecord>& events);
  void detect_oom_kill(const HostSample& sample, const std::string& cgroup,
                       std::vector<EventRecord>& events);

  MonitoringSettings settings_;
  ClockAnchor anchor_;
  std::map<ProcessIdentity, ProcessSample> living_workers_{};
  std::map<ProcessIdentity, std::string> members_{};
  // By pool_key: 0 below, 1 warning, 2 critical. Each pool for itself: a card that its trainer's
  // allocator keeps full for hours hides no machine that fills up.
  std::map<std::string, std::size_t> threshold_levels_{};
  std::optional<std::uint64_t> cgroup_oom_kills_{};
  std::string counted_cgroup_{};  // whose count that is
  std::int64_t clock_offset_ns_ = 0;
};

}  // namespace tidemark
