// NVML's process lists, whose entries have had three layouts under three names, and a fourth under
// the third's name.
#pragma once

#include <cstdint>
#include <vector>

#include "sensing/gpu/gpu_reading.h"

namespace tidemark {

struct NvmlProcessList {
  using Function = int (*)(void* device, unsigned* count, void* entries);
  enum class Layout : std::uint8_t { v1, v2 };
  Function function = nullptr;  // null: this driver has none
  Layout layout = Layout::v1;
};

/// Adds what the list holds; a process that is there already keeps the larger figure (both lists
/// give the process's whole use of the device). NVML's return code.
int append_nvml_processes(const NvmlProcessList& list, void* device,
                          std::vector<GpuProcessReading>& processes);

}  // namespace tidemark
