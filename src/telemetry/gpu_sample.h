// One device at one moment.
#pragma once

#include <cstdint>
#include <optional>

#include "core/bytes.h"

namespace tidemark {

struct GpuSample {
  std::int32_t device_index = 0;
  std::optional<Bytes> memory_used{};  // absent: unified memory, no framebuffer of its own
  std::optional<Bytes> memory_total{};
  std::optional<double> utilization_ratio{};  // 0..1; absent: the driver does not report it
};

}  // namespace tidemark
