#include "telemetry/pools.h"

#include <algorithm>
#include <array>
#include <utility>

#include "telemetry/machine_memory.h"

namespace tidemark {
namespace {

void add_pool(std::vector<PoolUse>& pools, PoolKind kind, std::string_view name,
              std::optional<Bytes> used, std::optional<Bytes> limit) {
  if (!used || !limit || limit->count <= 0) return;
  pools.push_back({kind, std::string{name}, std::max(*used, Bytes{}), *limit});
}

// "memory of GPU 0"; a MIG slice shares its GPU's index and is told apart by its UUID.
std::string pool_name(const GpuSample& gpu) {
  constexpr std::string_view kSlice = "MIG-";
  constexpr std::size_t kShortUid = 8;
  const auto gpu_name = "GPU " + std::to_string(gpu.device_index);
  if (!gpu.id.starts_with(kSlice)) return "memory of " + gpu_name;
  return "memory of MIG slice " + gpu.id.substr(kSlice.size(), kShortUid) + " of " + gpu_name;
}

// A device without memory of its own is no pool: what it holds is the machine's. What the driver
// keeps for itself (`reserved`) no program can have.
void add_device(std::vector<PoolUse>& pools, const GpuSample& gpu) {
  if (gpu.domain == MemoryDomain::unified || !gpu.memory_used || !gpu.memory_total) return;
  const Bytes limit = *gpu.memory_total - gpu.memory_reserved.value_or(Bytes{});
  if (limit.count <= 0) return;
  pools.push_back({.kind = PoolKind::gpu,
                   .name = pool_name(gpu),
                   .used = std::max(*gpu.memory_used, Bytes{}),
                   .limit = limit,
                   .index = gpu.device_index,
                   .device_uid = gpu.id,
                   .device_name = gpu.name});
}

}  // namespace

std::string_view name_of(PoolKind kind) {
  constexpr std::array<std::string_view, 6> kNames{"host",   "unified", "gpu",
                                                   "cgroup", "process", "shm"};
  return kNames[std::to_underlying(kind)];
}

std::vector<PoolUse> pools_of(const SampleRow& sample) {
  std::vector<PoolUse> pools;
  const auto machine = machine_kind(sample);
  const auto machine_total = machine_limit(sample);
  add_pool(pools, machine, machine == PoolKind::unified ? "unified memory" : "machine memory",
           machine_used(sample), machine_total);
  // cgroup v1 writes "no limit" as a number near 2^63: a limit that the machine cannot reach is
  // none.
  const bool below_machine =
      sample.cgroup_limit && (!machine_total || *sample.cgroup_limit < *machine_total);
  if (below_machine)
    add_pool(pools, PoolKind::cgroup, "container limit", sample.cgroup_working_set,
             sample.cgroup_limit);
  add_pool(pools, PoolKind::process, "address space limit RLIMIT_AS", sample.address_space_used,
           sample.address_space_limit);
  add_pool(pools, PoolKind::process, "data limit RLIMIT_DATA", sample.data_used, sample.data_limit);
  add_pool(pools, PoolKind::shm, "/dev/shm", sample.shm_used, sample.shm_total);
  for (const auto& gpu : sample.gpus)
    if (gpu.of_run) add_device(pools, gpu);
  return pools;
}

}  // namespace tidemark
