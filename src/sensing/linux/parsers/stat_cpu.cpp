#include "sensing/linux/parsers/stat_cpu.h"

#include "sensing/text/scan.h"

namespace tidemark {

std::optional<CpuTicks> parse_stat_cpu(std::string_view text) {
  auto line = take_line(text);
  if (take_word(line) != "cpu") return std::nullopt;
  constexpr int kIdle = 3;
  constexpr int kIowait = 4;
  constexpr int kSteal = 7;
  CpuTicks ticks;
  int column = 0;
  for (; column <= kSteal; ++column) {
    const auto value = parse_count(take_word(line));
    if (!value) break;
    ticks.total += *value;
    if (column != kIdle && column != kIowait) ticks.busy += *value;
  }
  if (column <= kIdle) return std::nullopt;  // every kernel prints at least user to idle
  return ticks;
}

}  // namespace tidemark
