#include "sensing/linux/parsers/gpu_error_line.h"

#include <algorithm>
#include <array>

namespace tidemark {
namespace {

// Besides Xid (NVIDIA's "XID Errors" guide) the driver tells of failed allocations and of lost
// devices; what it says as it loads ("NVRM: loading NVIDIA UNIX ...") is no error.
constexpr std::array<std::string_view, 6> kNvidiaWords{
    "Xid (",   "has fallen off the bus", "RmInitAdapter failed", "Out of memory", "NV_ERR_",
    "GPU lost"};
constexpr std::array<std::string_view, 4> kAmdWords{"GPU reset begin", "GPU reset(",
                                                    " timeout, signaled seq", "GPU fault detected"};

bool has_any(std::string_view text, const auto& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.contains(word); });
}

}  // namespace

bool is_gpu_error(std::string_view kernel_message) {
  if (kernel_message.contains("NVRM: ")) return has_any(kernel_message, kNvidiaWords);
  return kernel_message.contains("amdgpu") && has_any(kernel_message, kAmdWords);
}

}  // namespace tidemark
