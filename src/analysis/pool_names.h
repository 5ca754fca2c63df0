// What people read for a device's pool. Private to analysis.
#pragma once

#include <string>

#include "telemetry/gpu_sample.h"

namespace tidemark {

/// "memory of GPU 0"; a MIG slice shares its GPU's index and is told apart by its UUID.
std::string device_pool_name(const GpuSample& gpu);

}  // namespace tidemark
