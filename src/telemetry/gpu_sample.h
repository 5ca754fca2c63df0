// One device at one moment.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"

namespace tidemark {

/// Where a device's memory is.
enum class MemoryDomain : std::uint8_t {
  unknown,   // neither the driver nor the kernel tells
  device,    // memory of its own
  unified,   // the machine's RAM: GPU and host share one pool, which is counted once
  coherent,  // memory of its own that the CPUs address too (Grace Hopper): two pools, pages move
};
std::string_view name_of(MemoryDomain domain);

/// What one process holds on one device.
struct GpuProcess {
  std::int32_t pid = 0;           // as the driver names it: of another pid namespace in a container
  std::optional<Bytes> memory{};  // managed memory is not in it
  bool of_run = false;
};

struct GpuSample {
  std::int32_t device_index = 0;       // the driver's; a MIG device has its GPU's
  std::optional<Bytes> memory_used{};  // absent: unified memory, no framebuffer of its own
  std::optional<Bytes> memory_total{};
  std::optional<double> utilization_ratio{};  // 0..1; absent: the driver does not report it
  std::optional<Bytes> memory_reserved{};     // the driver's own; not in `memory_used`
  // What all programs hold on it: the sum of the driver's per-process list, or an APU's carve-out
  // and GTT in use. On unified memory it takes the place of `memory_used`.
  std::optional<Bytes> memory_held{};
  std::optional<Bytes> run_memory{};  // the run's among them
  // An APU's carve-out: RAM that the firmware keeps for the GPU, outside of MemTotal.
  std::optional<Bytes> carve_out_total{};
  std::optional<Bytes> carve_out_used{};
  MemoryDomain domain = MemoryDomain::unknown;
  bool of_run = true;                   // the run may use it (CUDA_VISIBLE_DEVICES), or does
  std::string id{};                     // UUID; the PCI address where there is none
  std::string name{};                   // the driver's text
  std::vector<GpuProcess> processes{};  // the run's and the largest others, a bounded number
  std::chrono::nanoseconds age{};       // of the values, when the sample was taken
};

}  // namespace tidemark
