#include "telemetry/machine_memory.h"

#include <algorithm>

#include "telemetry/host_sample.h"

namespace tidemark {
namespace {

bool is_shared(const GpuSample& gpu) {
  return gpu.domain == MemoryDomain::unified;
}

bool has_own_memory(const GpuSample& gpu) {
  return gpu.domain == MemoryDomain::device || gpu.domain == MemoryDomain::coherent;
}

// MemTotal of a Grace Hopper has its HBM in it; other NUMA nodes without CPUs (CXL) are RAM.
bool counts_device_memory(const SampleRow& sample) {
  return sample.cpuless_total && std::ranges::any_of(sample.gpus, [](const GpuSample& gpu) {
           return gpu.domain == MemoryDomain::coherent;
         });
}

CpulessMemory device_memory(const SampleRow& sample) {
  const Bytes total = sample.cpuless_total.value_or(Bytes{});
  return {.total = total, .free = sample.cpuless_free.value_or(total), .of_gpus = true};
}

Bytes carve_outs(const SampleRow& sample, std::optional<Bytes> GpuSample::* value) {
  Bytes sum;
  if (machine_kind(sample) != PoolKind::unified) return sum;
  for (const auto& gpu : sample.gpus)
    if (is_shared(gpu) && gpu.carve_out_total) sum += (gpu.*value).value_or(Bytes{});
  return sum;
}

std::optional<Bytes> sum_shared(const SampleRow& sample, std::optional<Bytes> GpuSample::* value) {
  std::optional<Bytes> sum;
  if (machine_kind(sample) != PoolKind::unified) return sum;
  for (const auto& gpu : sample.gpus)
    if (is_shared(gpu) && gpu.*value) sum = sum.value_or(Bytes{}) + *(gpu.*value);
  return sum;
}

}  // namespace

PoolKind machine_kind(const SampleRow& sample) {
  const bool any_shared = std::ranges::any_of(sample.gpus, is_shared);
  const bool any_own = std::ranges::any_of(sample.gpus, has_own_memory);
  const bool run_on_shared = std::ranges::any_of(sample.gpus, [](const GpuSample& gpu) {
    return is_shared(gpu) && gpu.run_memory.value_or(Bytes{}).count > 0;
  });
  return any_shared && (!any_own || run_on_shared) ? PoolKind::unified : PoolKind::host;
}

std::optional<Bytes> machine_limit(const SampleRow& sample) {
  if (!sample.total) return std::nullopt;
  if (counts_device_memory(sample)) return device_memory(sample).host_total(*sample.total);
  return *sample.total + carve_outs(sample, &GpuSample::carve_out_total);
}

std::optional<Bytes> machine_used(const SampleRow& sample) {
  if (!sample.used) return std::nullopt;
  if (counts_device_memory(sample) && sample.cpuless_free)
    return device_memory(sample).host_used(*sample.used);
  return *sample.used + carve_outs(sample, &GpuSample::carve_out_used);
}

std::optional<Bytes> shared_gpu_run_memory(const SampleRow& sample) {
  return sum_shared(sample, &GpuSample::run_memory);
}

std::optional<Bytes> shared_gpu_memory_of_others(const SampleRow& sample) {
  const auto all = shared_gpu_memory(sample);
  const auto own = shared_gpu_run_memory(sample);
  if (!all || !own) return std::nullopt;
  return std::max(*all - *own, Bytes{});
}

std::optional<Bytes> shared_gpu_memory(const SampleRow& sample) {
  return sum_shared(sample, &GpuSample::memory_held);
}

}  // namespace tidemark
