// What the trainer's memory allocator says of one device at one moment.
#pragma once

#include <cstdint>
#include <optional>

#include "core/bytes.h"

namespace tidemark {

struct AllocatorRecord {
  enum class Device : std::uint8_t { cpu, cuda, mps };
  double unix_seconds = 0;
  std::optional<std::int64_t> step{};  // absent: outside of steps
  Device device = Device::cpu;
  std::uint32_t device_index = 0;
  Bytes allocated{};       // in live tensors (CPU: in live malloc blocks)
  Bytes reserved{};        // taken from the system; minus allocated: cache or fragmentation
  Bytes peak_allocated{};  // since the process began, or since the trainer reset it
  Bytes peak_reserved{};
  std::int32_t rank = 0;
};

}  // namespace tidemark
