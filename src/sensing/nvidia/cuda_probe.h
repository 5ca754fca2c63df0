// Asks CUDA which devices share the machine's memory, without making a context.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/result.h"

namespace tidemark {

struct CudaDevice {
  std::string bus_id{};  // "0000:01:00.0"
  bool integrated = false;
};

/// cuInit, cuDeviceGetAttribute and cuDeviceGetPCIBusId in a child process that ends with them:
/// cuInit makes no context and holds no device memory, but it maps tens of megabytes, may start
/// threads and may take seconds, none of which the monitor should keep. The child is killed when
/// it takes longer than `patience`.
Result<std::vector<CudaDevice>> ask_cuda(const std::string& library,
                                         std::chrono::milliseconds patience);

}  // namespace tidemark
