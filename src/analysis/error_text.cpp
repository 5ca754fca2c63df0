#include "analysis/error_text.h"

#include <algorithm>
#include <array>

namespace tidemark {
namespace {

template <std::size_t N>
bool mentions(const SeenError& error, const std::array<std::string_view, N>& words) {
  return std::ranges::any_of(words, [&error](std::string_view word) {
    return error.type.find(word) != std::string::npos ||
           error.message.find(word) != std::string::npos;
  });
}

}  // namespace

bool names_device_memory(const SeenError& error) {
  // torch.OutOfMemoryError is raised for accelerators alone; a failed host allocation of torch is a
  // RuntimeError of DefaultCPUAllocator.
  return mentions(error, std::array<std::string_view, 7>{
                             "CUDA", "HIP ", "XPU", "MPS", "torch.OutOfMemoryError",
                             "cuda.OutOfMemoryError", "CUBLAS_STATUS_ALLOC_FAILED"});
}

bool names_shared_memory(const SeenError& error) {
  return mentions(error, std::array<std::string_view, 5>{"shared memory", "/dev/shm", "Bus error",
                                                         "shm_open", "torch_shm"});
}

}  // namespace tidemark
