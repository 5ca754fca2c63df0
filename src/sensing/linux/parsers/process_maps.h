// /proc/PID/maps (proc(5)): one line a mapping.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark {

struct MappedRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool counts = false;  // may have pages that RSS counts: neither without access nor a device's
};

/// Absent: not such a line.
std::optional<MappedRange> parse_maps_line(std::string_view line);

}  // namespace tidemark
