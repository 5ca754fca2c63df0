#include "sensing/gpu/run_gpus.h"

#include <algorithm>

namespace tidemark {
namespace {

// Whether the environment settles which devices are visible; marks them then.
bool mark_named(const GpuEnvironment& environment, std::span<const GpuReading> readings,
                std::vector<char>& visible) {
  bool named = false;
  if (environment.cuda_visible_devices)
    named = mark_visible({.vendor = GpuVendor::nvidia,
                          .value = *environment.cuda_visible_devices,
                          .in_bus_order = environment.cuda_device_order == "PCI_BUS_ID"},
                         readings, visible);
  // HIP takes CUDA's variable too where its own is not set.
  const auto& hip = environment.hip_visible_devices    ? environment.hip_visible_devices
                    : environment.rocr_visible_devices ? environment.rocr_visible_devices
                                                       : environment.cuda_visible_devices;
  if (hip)
    named = mark_visible({.vendor = GpuVendor::amd, .value = *hip, .in_bus_order = true}, readings,
                         visible) ||
            named;
  return named;
}

bool has_any(std::span<const std::int32_t> run_pids, const GpuReading& reading) {
  return reading.processes &&
         std::ranges::any_of(*reading.processes, [&](const GpuProcessReading& process) {
           return std::ranges::find(run_pids, process.pid) != run_pids.end();
         });
}

}  // namespace

void RunGpus::remember_seen(std::span<const GpuReading> readings,
                            std::span<const std::int32_t> run_pids) {
  seen_.assign(readings.size(), 0);
  for (std::size_t i = 0; i < readings.size(); ++i) {
    const bool before = std::ranges::find(seen_ids_, readings[i].id) != seen_ids_.end();
    if (!before && has_any(run_pids, readings[i])) seen_ids_.push_back(readings[i].id);
    seen_[i] = before || has_any(run_pids, readings[i]) ? 1 : 0;
  }
}

const std::vector<char>& RunGpus::choose(std::span<const GpuReading> readings,
                                         const std::optional<GpuEnvironment>& environment,
                                         std::span<const std::int32_t> run_pids) {
  remember_seen(readings, run_pids);
  const bool seen_any = std::ranges::find(seen_, 1) != seen_.end();
  of_run_.assign(readings.size(), 1);
  const bool named = environment && mark_named(*environment, readings, of_run_);
  bool seen_elsewhere = false;
  for (std::size_t i = 0; i < readings.size(); ++i)
    seen_elsewhere = seen_elsewhere || (seen_[i] != 0 && of_run_[i] == 0);
  if (seen_any && (!named || seen_elsewhere)) of_run_ = seen_;
  return of_run_;
}

}  // namespace tidemark
