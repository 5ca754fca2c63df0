#include "sensing/linux/parsers/process_maps.h"

#include "sensing/text/scan.h"

namespace tidemark {
namespace {

std::optional<std::uint64_t> parse_address(std::string_view word) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, 16);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

// A driver's mapping has no pages of ours; shared memory and the old way to zeros do.
bool is_devices(std::string_view path) {
  return path.starts_with("/dev/") && !path.starts_with("/dev/shm/") &&
         !path.starts_with("/dev/zero");
}

}  // namespace

std::optional<MappedRange> parse_maps_line(std::string_view line) {
  const auto range = take_word(line);
  const auto rights = take_word(line);
  const auto dash = range.find('-');
  if (dash == std::string_view::npos || rights.size() != 4) return std::nullopt;
  const auto begin = parse_address(range.substr(0, dash));
  const auto end = parse_address(range.substr(dash + 1));
  if (!begin || !end || *end < *begin) return std::nullopt;
  for (int i = 0; i < 3; ++i) take_word(line);  // offset, device, inode
  const auto path = take_word(line);
  return MappedRange{
      .begin = *begin, .end = *end, .counts = rights.substr(0, 3) != "---" && !is_devices(path)};
}

}  // namespace tidemark
