#include "monitor/event_detector.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

#include "monitor/event_details.h"

namespace tidemark {
namespace {

constexpr std::int64_t kClockStepNs = 1'000'000'000;
// A pool must fall this far below a threshold before crossing it again is news.
constexpr double kHysteresisRatio = 0.02;

void consider(std::optional<FullPool>& fullest, const char* name, std::optional<Bytes> used,
              std::optional<Bytes> limit) {
  if (!used || !limit || limit->count <= 0) return;
  if (!fullest || ratio(*used, *limit) > ratio(fullest->used, fullest->limit))
    fullest = FullPool{name, *used, *limit};
}

// RAM that a GPU of the run shares goes by that name; a Grace Hopper's HBM, which the machine's
// figures have in them, is a pool of its own.
void consider_machine(std::optional<FullPool>& fullest, const HostSample& sample) {
  if (!sample.memory) return;
  const bool shared = std::ranges::any_of(sample.gpus, [](const GpuSample& gpu) {
    return gpu.of_run && gpu.domain == MemoryDomain::unified;
  });
  Bytes used = sample.memory->used();
  Bytes limit = sample.memory->total;
  if (sample.cpuless) {
    limit = sample.cpuless->host_total(limit);
    used = sample.cpuless->host_used(used);
  }
  consider(fullest, shared ? "unified" : "host", used, limit);
}

}  // namespace

std::optional<FullPool> fullest_pool(const HostSample& sample) {
  std::optional<FullPool> fullest;
  consider_machine(fullest, sample);
  if (sample.cgroup) consider(fullest, "cgroup", sample.cgroup->working_set, sample.cgroup->limit);
  if (sample.limits) {
    consider(fullest, "process", sample.limits->address_space_used,
             sample.limits->address_space_limit);
    consider(fullest, "process", sample.limits->data_used, sample.limits->data_limit);
  }
  if (sample.shm) consider(fullest, "shm", sample.shm->used, sample.shm->total);
  return fullest;
}

std::vector<EventRecord> EventDetector::detect(const HostSample& sample) {
  std::vector<EventRecord> events;
  detect_workers(sample, events);
  detect_oom_kill(sample, events);
  if (!sample.processes.empty()) detect_thresholds(sample, events);
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

void EventDetector::detect_thresholds(const HostSample& sample, std::vector<EventRecord>& events) {
  const auto pool = fullest_pool(sample);
  if (!pool) return;
  const double use = ratio(pool->used, pool->limit);
  const int level = use >= settings_.memory_critical_ratio  ? 2
                    : use >= settings_.memory_warning_ratio ? 1
                                                            : 0;
  if (level > threshold_level_) {
    events.push_back({anchor_.unix_seconds(sample.at),
                      level == 2 ? "memory_critical" : "memory_warning", pool_details(*pool)});
    threshold_level_ = level;
    return;
  }
  const std::array<double, 3> floor{0, settings_.memory_warning_ratio,
                                    settings_.memory_critical_ratio};
  if (use < floor.at(static_cast<std::size_t>(threshold_level_)) - kHysteresisRatio)
    threshold_level_ = level;
}

void EventDetector::detect_oom_kill(const HostSample& sample, std::vector<EventRecord>& events) {
  if (!sample.cgroup || !sample.cgroup->oom_kill_total) return;
  const auto now = *sample.cgroup->oom_kill_total;
  if (cgroup_oom_kills_ && now > *cgroup_oom_kills_)
    events.push_back({anchor_.unix_seconds(sample.at), "oom_kill",
                      oom_kill_details(now - *cgroup_oom_kills_, sample.cgroup->limit)});
  cgroup_oom_kills_ = now;
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
