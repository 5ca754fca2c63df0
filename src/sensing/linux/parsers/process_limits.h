// /proc/PID/limits: the ceilings a process set on itself or got from ulimit.
#pragma once

#include <optional>
#include <string_view>

#include "core/bytes.h"

namespace tidemark {

/// Soft limits: they are what an allocation meets. Absent: unlimited, or not in the text.
struct MemoryRlimits {
  std::optional<Bytes> address_space{};  // RLIMIT_AS
  std::optional<Bytes> data{};           // RLIMIT_DATA
};

MemoryRlimits parse_process_limits(std::string_view text);

}  // namespace tidemark
