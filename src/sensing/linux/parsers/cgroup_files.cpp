#include "sensing/linux/parsers/cgroup_files.h"

#include "sensing/text/scan.h"

namespace tidemark {

std::optional<std::uint64_t> parse_cgroup_number(std::string_view text) {
  return parse_count(take_word(text));
}

std::optional<Bytes> parse_cgroup_bytes(std::string_view text) {
  const auto count = parse_cgroup_number(text);
  return count ? bytes_of(*count) : std::nullopt;
}

std::optional<std::uint64_t> parse_cgroup_count(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    auto line = take_line(text);
    if (take_word(line) == key) return parse_count(take_word(line));
  }
  return std::nullopt;
}

CgroupMemoryStat parse_cgroup_memory_stat(std::string_view text) {
  CgroupMemoryStat stat;
  while (!text.empty()) {
    auto line = take_line(text);
    if (line.empty() || (line[0] != 'i' && line[0] != 't' && line[0] != 'h')) continue;
    const auto key = take_word(line);
    // total_inactive_file comes after inactive_file and replaces it.
    if (key == "inactive_file" || key == "total_inactive_file")
      stat.inactive_file = parse_cgroup_bytes(line);
    if (key == "total_swap") stat.swap = parse_cgroup_bytes(line);
    if (key == "hierarchical_memory_limit") stat.hierarchical_limit = parse_cgroup_bytes(line);
  }
  return stat;
}

}  // namespace tidemark
