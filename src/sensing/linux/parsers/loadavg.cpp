#include "sensing/linux/parsers/loadavg.h"

#include <limits>

#include "sensing/text/scan.h"

namespace tidemark {

std::optional<std::int32_t> parse_newest_pid(std::string_view loadavg) {
  constexpr int kFieldsBefore = 4;  // three averages and running/total
  for (int field = 0; field < kFieldsBefore; ++field) take_word(loadavg);
  const auto pid = parse_count(take_word(loadavg));
  if (!pid || *pid > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return static_cast<std::int32_t>(*pid);
}

}  // namespace tidemark
