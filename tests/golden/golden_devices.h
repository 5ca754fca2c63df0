// The parts of a golden run that speak of devices and of other programs.
#pragma once

#include <nlohmann/json.hpp>

#include "telemetry/allocator_record.h"
#include "telemetry/sample_row.h"

namespace tidemark {

/// The keys `gpus` and `tenants` of a sample.
void add_devices(SampleRow& row, const nlohmann::json& sample);

/// One entry of `allocators`; its `at` counts from `start`.
AllocatorRecord allocator_of(const nlohmann::json& entry, double start);

}  // namespace tidemark
