// /sys/devices/system/node/nodeN/meminfo: "Node 1 MemTotal:  98304 kB".
#pragma once

#include <optional>
#include <string_view>

#include "core/bytes.h"

namespace tidemark {

struct NumaNodeMemory {
  Bytes total{};
  Bytes free{};
};

/// Absent without both fields.
std::optional<NumaNodeMemory> parse_numa_node_meminfo(std::string_view text);

}  // namespace tidemark
