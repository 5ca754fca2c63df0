// /proc/stat: what all processors did since boot.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark {

/// Clock ticks of all processors together.
struct CpuTicks {
  std::uint64_t busy = 0;  // all but idle and iowait; stolen time counts, it was wanted
  std::uint64_t total = 0;
};

/// From the line "cpu  user nice system idle iowait irq softirq steal guest guest_nice". Guest time
/// is in user and nice already and is not added again.
std::optional<CpuTicks> parse_stat_cpu(std::string_view text);

}  // namespace tidemark
