#include "sensing/gpu/gpu_samples.h"

#include <algorithm>
#include <tuple>

namespace tidemark {
namespace {

constexpr std::ptrdiff_t kMostOfRun = 12;
constexpr std::ptrdiff_t kMostOthers = 4;

void keep_largest(std::vector<GpuProcess>& processes) {
  std::ranges::sort(processes, [](const GpuProcess& a, const GpuProcess& b) {
    return std::tuple{!a.of_run, b.memory, a.pid} < std::tuple{!b.of_run, a.memory, b.pid};
  });
  const auto others = std::ranges::find(processes, false, &GpuProcess::of_run);
  if (processes.end() - others > kMostOthers)
    processes.erase(others + kMostOthers, processes.end());
  const auto own = std::ranges::find(processes, false, &GpuProcess::of_run) - processes.begin();
  if (own > kMostOfRun) processes.erase(processes.begin() + kMostOfRun, processes.begin() + own);
}

}  // namespace

GpuSample build_gpu_sample(const GpuReading& reading, std::span<const std::int32_t> run_pids,
                           bool of_run) {
  GpuSample sample{.device_index = reading.index,
                   .memory_used = reading.used,
                   .memory_total = reading.total,
                   .utilization_ratio = reading.utilization_ratio,
                   .memory_reserved = reading.reserved,
                   .domain = reading.domain,
                   .of_run = of_run,
                   .id = reading.id,
                   .name = reading.name};
  sample.memory_held = reading.held;
  sample.carve_out_total = reading.carve_out_total;
  sample.carve_out_used = reading.carve_out_used;
  if (!reading.processes) return sample;
  sample.run_memory = Bytes{};  // an empty list says that nothing is held
  Bytes listed{};
  sample.processes.reserve(reading.processes->size());
  for (const auto& process : *reading.processes) {
    const bool own = std::ranges::find(run_pids, process.pid) != run_pids.end();
    listed += process.memory.value_or(Bytes{});
    if (own) *sample.run_memory += process.memory.value_or(Bytes{});
    sample.processes.push_back({.pid = process.pid, .memory = process.memory, .of_run = own});
  }
  if (!sample.memory_held && reading.lists_all) sample.memory_held = listed;
  keep_largest(sample.processes);
  return sample;
}

}  // namespace tidemark
