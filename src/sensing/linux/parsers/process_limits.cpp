#include "sensing/linux/parsers/process_limits.h"

#include "sensing/text/scan.h"

namespace tidemark {
namespace {

std::optional<Bytes> soft_limit(std::string_view line, std::string_view name) {
  line.remove_prefix(name.size());
  const auto count = parse_count(take_word(line));  // "unlimited" is no number
  return count ? bytes_of(*count) : std::nullopt;
}

}  // namespace

MemoryRlimits parse_process_limits(std::string_view text) {
  constexpr std::string_view kAddressSpace = "Max address space ";
  constexpr std::string_view kData = "Max data size ";
  MemoryRlimits limits;
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.starts_with(kAddressSpace)) limits.address_space = soft_limit(line, kAddressSpace);
    if (line.starts_with(kData)) limits.data = soft_limit(line, kData);
  }
  return limits;
}

}  // namespace tidemark
