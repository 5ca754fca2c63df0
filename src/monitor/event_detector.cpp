#include "monitor/event_detector.h"

#include <array>
#include <cstdlib>
#include <set>

#include "monitor/event_details.h"

namespace tidemark {
namespace {

constexpr std::int64_t kClockStepNs = 1'000'000'000;
// A pool must fall this far below a threshold before crossing it again is news.
constexpr double kHysteresisRatio = 0.02;

// A unified machine is called `host` until the driver has answered: the kind is no part of the key.
std::string pool_key(const PoolUse& pool) {
  if (pool.kind == PoolKind::host || pool.kind == PoolKind::unified) return "machine";
  return pool.name;
}

}  // namespace

std::vector<EventRecord> EventDetector::detect(const HostSample& sample, const SampleRow& row,
                                               const std::string& cgroup) {
  std::vector<EventRecord> events;
  detect_workers(sample, events);
  detect_oom_kill(sample, cgroup, events);
  if (!sample.processes.empty()) detect_thresholds(row, events);
  return events;
}

void EventDetector::detect_workers(const HostSample& sample, std::vector<EventRecord>& events) {
  const double at = anchor_.unix_seconds(sample.at);
  std::set<ProcessIdentity> seen;
  for (const auto& process : sample.processes) {
    members_[process.id] = process.name;
    if (process.role != ProcessRole::worker) continue;
    seen.insert(process.id);
    const auto [known, is_new] = living_workers_.insert_or_assign(process.id, process);
    if (is_new) events.push_back({at, "worker_start", worker_details(process)});
  }
  for (auto known = living_workers_.begin(); known != living_workers_.end();) {
    if (seen.contains(known->first)) {
      ++known;
      continue;
    }
    events.push_back({at, "worker_exit", worker_details(known->second)});
    known = living_workers_.erase(known);
  }
}

void EventDetector::detect_thresholds(const SampleRow& row, std::vector<EventRecord>& events) {
  const std::array<double, 3> thresholds{0, settings_.memory_warning_ratio,
                                         settings_.memory_critical_ratio};
  for (const auto& pool : pools_of(row)) {
    auto& level = threshold_levels_[pool_key(pool)];
    const double use = pool.fraction();
    const std::size_t now = use >= thresholds[2] ? 2 : use >= thresholds[1] ? 1 : 0;
    if (now > level)
      events.push_back(
          {row.unix_seconds, now == 2 ? "memory_critical" : "memory_warning", pool_details(pool)});
    if (now > level || use < thresholds.at(level) - kHysteresisRatio) level = now;
  }
}

// A cgroup that the trainer was moved into may have had kills before: its count begins anew.
void EventDetector::detect_oom_kill(const HostSample& sample, const std::string& cgroup,
                                    std::vector<EventRecord>& events) {
  if (!sample.cgroup || !sample.cgroup->oom_kill_total) return;
  const auto now = *sample.cgroup->oom_kill_total;
  if (cgroup_oom_kills_ && counted_cgroup_ == cgroup && now > *cgroup_oom_kills_)
    events.push_back({anchor_.unix_seconds(sample.at), "oom_kill",
                      oom_kill_details(now - *cgroup_oom_kills_, sample.cgroup->limit)});
  cgroup_oom_kills_ = now;
  counted_cgroup_ = cgroup;
}

std::optional<EventRecord> EventDetector::detect_clock_step(BootTime now, WallTime wall) {
  const auto expected = anchor_.wall + (now - anchor_.boot);
  const std::int64_t offset = (wall - expected).count();
  const std::int64_t stepped = offset - clock_offset_ns_;
  if (std::abs(stepped) < kClockStepNs) return std::nullopt;
  clock_offset_ns_ = offset;
  return EventRecord{anchor_.unix_seconds(now), "clock_step", clock_step_details(stepped)};
}

}  // namespace tidemark
