#include "cli/duration.h"

#include <charconv>

namespace tidemark {

std::optional<double> parse_age_seconds(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !(number >= 0) || number > 1e9) return std::nullopt;
  const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  if (unit == "s") return number;
  if (unit == "m") return number * 60;
  if (unit == "h") return number * 3600;
  if (unit == "d" || unit.empty()) return number * 86400;
  if (unit == "w") return number * 7 * 86400;
  return std::nullopt;
}

}  // namespace tidemark
