// Which kind of memory a device has, concluded from what its driver says. Never from its name, and
// not from its size being near the machine's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/bytes.h"
#include "sensing/nvidia/nvml_library.h"
#include "telemetry/gpu_sample.h"

namespace tidemark {

/// How the driver answered when it was asked for the device's memory.
enum class MemoryAnswer : std::uint8_t {
  none,     // an error that says nothing of the kind: no permission, a lost device
  refused,  // "not supported": NVML's documented answer of a GPU without a framebuffer
  given,    // `total` is set
};

struct MemoryEvidence {
  MemoryAnswer answer = MemoryAnswer::none;
  Bytes total{};
  std::optional<Bytes> machine_total{};  // MemTotal
  bool lists_processes = false;          // the per-process list works
  Bytes listed{};                        // its sum
  std::optional<bool> integrated{};      // CU_DEVICE_ATTRIBUTE_INTEGRATED, where it was asked
  std::optional<AddressingMode> addressing{};
  std::optional<std::int32_t> numa_node{};  // of the device's own memory
  bool is_mig = false;
};

struct MemoryVerdict {
  MemoryDomain domain = MemoryDomain::unknown;
  const char* evidence = "";  // one sentence
  bool ask_cuda = false;      // CUDA's integrated attribute would settle it
};

MemoryVerdict judge_memory(const MemoryEvidence& evidence);

}  // namespace tidemark
