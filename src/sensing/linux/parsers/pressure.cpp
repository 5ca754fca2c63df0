#include "sensing/linux/parsers/pressure.h"

#include <charconv>

#include "sensing/text/scan.h"

namespace tidemark {
namespace {

struct Line {
  double avg10_ratio = 0;
  std::uint64_t us_total = 0;
};

std::string_view value_of(std::string_view word, std::string_view key) {
  return word.starts_with(key) ? word.substr(key.size()) : std::string_view{};
}

// "avg10=1.25 avg60=0.50 avg300=0.00 total=123456", the averages in percent.
std::optional<Line> parse_line(std::string_view rest) {
  Line line;
  const auto percent_text = value_of(take_word(rest), "avg10=");
  double percent = 0;
  const auto [end, error] =
      std::from_chars(percent_text.data(), percent_text.data() + percent_text.size(), percent);
  if (error != std::errc{} || !(percent >= 0 && percent <= 100)) return std::nullopt;
  line.avg10_ratio = percent / 100;
  while (!rest.empty()) {
    const auto total = value_of(take_word(rest), "total=");
    if (total.empty()) continue;
    if (const auto us = parse_count(total)) {
      line.us_total = *us;
      return line;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Pressure> parse_pressure(std::string_view text) {
  std::optional<Line> some;
  Line full;
  while (!text.empty()) {
    auto rest = take_line(text);
    const auto kind = take_word(rest);
    const auto line = parse_line(rest);
    if (kind == "some") some = line;
    if (kind == "full" && line) full = *line;
  }
  if (!some) return std::nullopt;
  return Pressure{.some_avg10_ratio = some->avg10_ratio,
                  .full_avg10_ratio = full.avg10_ratio,
                  .some_us_total = some->us_total,
                  .full_us_total = full.us_total};
}

}  // namespace tidemark
