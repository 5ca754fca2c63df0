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
#include "telemetry/settings.h"

namespace tidemark {

class EventDetector {
 public:
  EventDetector(MonitoringSettings settings, ClockAnchor anchor)
      : settings_(settings), anchor_(anchor) {}

  /// Workers that came or went, thresholds that were crossed, OOM kills in the trainer's cgroup.
  std::vector<EventRecord> detect(const HostSample& sample);

  /// A step of the wall clock against the boot clock of more than a second since the last call.
  std::optional<EventRecord> detect_clock_step(BootTime now, WallTime wall);

  /// Everything that ever belonged to the run, with its last known name.
  const std::map<ProcessIdentity, std::string>& members() const { return members_; }

 private:
  void detect_workers(const HostSample& sample, std::vector<EventRecord>& events);
  void detect_thresholds(const HostSample& sample, std::vector<EventRecord>& events);
  void detect_oom_kill(const HostSample& sample, std::vector<EventRecord>& events);

  MonitoringSettings settings_;
  ClockAnchor anchor_;
  std::map<ProcessIdentity, ProcessSample> living_workers_{};
  std::map<ProcessIdentity, std::string> members_{};
  int threshold_level_ = 0;  // 0 below, 1 warning, 2 critical
  std::optional<std::uint64_t> cgroup_oom_kills_{};
  std::int64_t clock_offset_ns_ = 0;
};

/// The fullest pool of a sample as used, limit and name: machine, cgroup, process limits, /dev/shm.
struct FullPool {
  const char* name = "host";
  Bytes used{};
  Bytes limit{};
};
std::optional<FullPool> fullest_pool(const HostSample& sample);

}  // namespace tidemark
