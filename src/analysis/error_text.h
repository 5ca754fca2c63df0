// What the text of a failed allocation names. Text is the trainer's: hostile, only ever searched.
#pragma once

#include "analysis/exit_classifier.h"

namespace tidemark {

/// A device's memory (CUDA, HIP, XPU, MPS): none of the host's pools.
bool names_device_memory(const SeenError& error);
/// /dev/shm, or the bus error that a full one gives.
bool names_shared_memory(const SeenError& error);

}  // namespace tidemark
