// What the machine's memory is in one sample: RAM alone, RAM that a GPU shares, or RAM beside a
// GPU's own coherent memory. By the stored memory domain of the run's devices, never by a value
// that is missing.
#pragma once

#include <optional>

#include "core/bytes.h"
#include "telemetry/pools.h"
#include "telemetry/sample_row.h"

namespace tidemark {

/// host or unified. Unified: a device of the run shares the machine's RAM and the run has no device
/// with memory of its own, or holds memory on the shared one (a desktop's built-in GPU beside the
/// card that trains is no unified machine).
PoolKind machine_kind(const SampleRow& sample);

/// The machine's pool: an APU's carve-out, which lies outside MemTotal, belongs to it; a Grace
/// Hopper's HBM, which lies inside MemTotal, does not.
std::optional<Bytes> machine_limit(const SampleRow& sample);
std::optional<Bytes> machine_used(const SampleRow& sample);

/// What the run holds through its GPU in the machine's own RAM. Absent: no device shares it, or the
/// driver does not tell.
std::optional<Bytes> shared_gpu_run_memory(const SampleRow& sample);

/// What programs outside the run hold so.
std::optional<Bytes> shared_gpu_memory_of_others(const SampleRow& sample);

/// What all programs hold through GPUs in the machine's own RAM.
std::optional<Bytes> shared_gpu_memory(const SampleRow& sample);

}  // namespace tidemark
