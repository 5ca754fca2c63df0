// The GPU drivers' own words in the kernel log about a device that failed.
#pragma once

#include <string_view>

namespace tidemark {

/// NVIDIA's "NVRM: Xid (PCI:0000:01:00): 79, pid=7, ..." and other NVRM errors; a reset or a hung
/// ring of amdgpu.
bool is_gpu_error(std::string_view kernel_message);

}  // namespace tidemark
