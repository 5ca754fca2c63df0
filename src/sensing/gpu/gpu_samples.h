// From what a source sees to what is kept of it.
#pragma once

#include <span>

#include "sensing/gpu/gpu_reading.h"

namespace tidemark {

/// Keeps the run's processes and the largest others, a bounded number of each; the sums are over
/// all that the driver lists.
GpuSample build_gpu_sample(const GpuReading& reading, std::span<const std::int32_t> run_pids,
                           bool of_run);

}  // namespace tidemark
