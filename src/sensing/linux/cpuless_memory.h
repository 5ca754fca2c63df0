// NUMA nodes that have memory and no CPUs.
#pragma once

#include <optional>
#include <span>

#include "os/host_root.h"
#include "telemetry/host_sample.h"

namespace tidemark {

/// Their sum; absent when every node with memory has CPUs. `gpu_nodes`: those that a driver calls
/// its GPUs' own; the sum is then over these alone.
std::optional<CpulessMemory> read_cpuless_memory(const HostRoot& host,
                                                 std::span<const std::int32_t> gpu_nodes);

}  // namespace tidemark
