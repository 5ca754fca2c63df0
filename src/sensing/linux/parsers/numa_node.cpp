#include "sensing/linux/parsers/numa_node.h"

#include "sensing/text/scan.h"

namespace tidemark {

std::optional<NumaNodeMemory> parse_numa_node_meminfo(std::string_view text) {
  std::optional<Bytes> total;
  std::optional<Bytes> free;
  while (!text.empty() && !(total && free)) {
    auto line = take_line(text);
    take_word(line);  // "Node"
    take_word(line);  // its number
    const auto key = take_word(line);
    if (key == "MemTotal:") total = parse_kib(line);
    if (key == "MemFree:") free = parse_kib(line);
  }
  if (!total || !free) return std::nullopt;
  return NumaNodeMemory{.total = *total, .free = *free};
}

}  // namespace tidemark
