// Which GPUs a process may use, after CUDA's environment variables.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sensing/gpu/gpu_reading.h"

namespace tidemark {

/// The variables of /proc/PID/environ that matter; nothing else of it is kept.
struct GpuEnvironment {
  std::optional<std::string> cuda_visible_devices{};
  std::optional<std::string> cuda_device_order{};
  std::optional<std::string> hip_visible_devices{};
  std::optional<std::string> rocr_visible_devices{};
  friend bool operator==(const GpuEnvironment&, const GpuEnvironment&) = default;
};

/// Of two entries with the same name the first counts, as for getenv.
GpuEnvironment parse_gpu_environment(std::string_view environ);

/// What a variable like CUDA_VISIBLE_DEVICES says of one vendor's devices.
struct VisibleDevices {
  GpuVendor vendor = GpuVendor::nvidia;
  std::string_view value{};
  bool in_bus_order = false;  // positions count by PCI address (CUDA_DEVICE_ORDER=PCI_BUS_ID)
};

/// Marks in `visible` (one per reading) which of the vendor's devices are named, by CUDA's rules:
/// positions and UUIDs may be mixed, an entry that names no device (-1) ends the list, and an
/// empty value names none. False when positions are given and the order of unequal GPUs is CUDA's
/// own, fastest first by a rule that it keeps to itself: `visible` is then as it was.
bool mark_visible(const VisibleDevices& named, std::span<const GpuReading> readings,
                  std::vector<char>& visible);

}  // namespace tidemark
