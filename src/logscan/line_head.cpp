#include "logscan/line_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "core/text.h"
#include "logscan/line_prefix.h"

namespace tidemark {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string_view without_spaces(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  return text;
}

/// `d` stands for a digit, `m` for a letter of a month's or a day's name, `T` for 'T' or a space.
bool has_shape(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const char c = text[i];
    const bool fits = shape[i] == 'd'   ? is_digit(c)
                      : shape[i] == 'm' ? is_letter(c)
                      : shape[i] == 'T' ? c == 'T' || c == ' '
                      : shape[i] == 's' ? c == ' ' || is_digit(c)
                                        : c == shape[i];
    if (!fits) return false;
  }
  return true;
}

int number_at(std::string_view text, std::size_t at, std::size_t length) {
  int number = 0;
  for (const char c : text.substr(at, length)) number = number * 10 + (is_digit(c) ? c - '0' : 0);
  return number;
}

struct Shape {
  std::string_view look{};
  int year = -1, month = -1, day = -1, clock = 0;  // where each begins; -1: it has none
};

// The longest first: the first that fits is taken.
constexpr std::array kShapes{
    Shape{"dddd-dd-ddTdd:dd:dd", 0, 5, 8, 11},
    Shape{"dddd-dd-dd_dd:dd:dd", 0, 5, 8, 11},
    Shape{"dddd/dd/dd dd:dd:dd", 0, 5, 8, 11},
    Shape{"dd/dd/dddd dd:dd:dd", 6, 0, 3, 11},
    Shape{"mmm mmm sd dd:dd:dd dddd", 20, 4, 8, 11},
    Shape{"mmm sd dd:dd:dd", -1, 0, 4, 7},
    Shape{"dd/dd dd:dd:dd", -1, 0, 3, 6},
    Shape{"dd-dd dd:dd:dd", -1, 0, 3, 6},
    Shape{"dd:dd:dd", -1, -1, -1, 0},
};

std::optional<Shape> shape_of(std::string_view text) {
  if (text.size() < 8 || !(is_digit(text[0]) || is_letter(text[0]))) return std::nullopt;
  for (const auto& shape : kShapes)
    if (has_shape(text, shape.look)) return shape;
  return std::nullopt;
}

int month_at(std::string_view text, std::size_t at) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (is_digit(text[at])) return number_at(text, at, 2);
  const auto found = kMonths.find(text.substr(at, 3));
  return found == std::string_view::npos ? 0 : static_cast<int>(found / 3) + 1;
}

/// ".123", ",123" behind the seconds.
std::size_t fraction_length(std::string_view text) {
  if (text.size() < 2 || !(text[0] == '.' || text[0] == ',') || !is_digit(text[1])) return 0;
  std::size_t length = 1;
  while (length < text.size() && is_digit(text[length])) ++length;
  return length;
}

/// "Z", "+02:00", "+0200", " PM" behind the seconds.
std::size_t zone_length(std::string_view text) {
  if (text.starts_with('Z')) return 1;
  if (text.starts_with(" AM") || text.starts_with(" PM")) return 3;
  if (has_shape(text, "+dd:dd") || has_shape(text, "-dd:dd")) return 6;
  if (has_shape(text, "+dddd") || has_shape(text, "-dddd")) return 5;
  return 0;
}

std::optional<std::int64_t> zone_seconds(std::string_view zone) {
  if (zone == "Z") return 0;
  if (zone.size() < 5) return std::nullopt;
  const int minutes = number_at(zone, 1, 2) * 60 + number_at(zone, zone.size() - 2, 2);
  return (zone[0] == '-' ? -60 : 60) * minutes;
}

std::optional<double> instant(std::string_view text, const Shape& shape,
                              std::int64_t utc_offset_seconds) {
  if (shape.year < 0) return std::nullopt;
  using namespace std::chrono;
  const auto at = [](int position) { return static_cast<std::size_t>(position); };
  const year_month_day date{year{number_at(text, at(shape.year), 4)},
                            month{static_cast<unsigned>(month_at(text, at(shape.month)))},
                            day{static_cast<unsigned>(number_at(text, at(shape.day), 2))}};
  if (!date.ok()) return std::nullopt;
  const int seconds = number_at(text, at(shape.clock), 2) * 3600 +
                      number_at(text, at(shape.clock + 3), 2) * 60 +
                      number_at(text, at(shape.clock + 6), 2);
  const std::string_view behind = text.substr(at(shape.clock + 8));
  const std::size_t fraction = fraction_length(behind);
  double part = 0;
  if (fraction > 1) std::from_chars(behind.data() + 1, behind.data() + fraction, part);
  for (std::size_t i = 1; i < fraction; ++i) part /= 10;
  const std::string_view zone = behind.substr(fraction, zone_length(behind.substr(fraction)));
  const auto offset = zone_seconds(zone).value_or(utc_offset_seconds);
  const auto days = sys_days{date}.time_since_epoch().count();
  return static_cast<double>(std::int64_t{days} * 86'400 + seconds - offset) + part;
}

/// Brackets and labels before a timestamp.
std::string_view before_timestamp(std::string_view line) {
  for (int i = 0; i < 2; ++i) {
    line = without_spaces(line);
    if (!line.starts_with('[') || line.size() < 3) break;
    if (is_digit(line[1]) || (is_letter(line[1]) && shape_of(line.substr(1)))) {
      line.remove_prefix(1);
      break;
    }
    const auto close = line.substr(0, 32).find(']');
    if (close == std::string_view::npos) break;
    line.remove_prefix(close + 1);
    if (line.starts_with(':')) line.remove_prefix(1);
  }
  return line;
}

struct LevelWord {
  std::string_view word{};
  Severity severity{};
};
constexpr std::array kLevels{
    LevelWord{"WARNING", Severity::warning}, LevelWord{"WARN", Severity::warning},
    LevelWord{"ERROR", Severity::error},     LevelWord{"CRITICAL", Severity::error},
    LevelWord{"FATAL", Severity::error},     LevelWord{"INFO", Severity::info},
    LevelWord{"DEBUG", Severity::info},      LevelWord{"Warning", Severity::warning},
    LevelWord{"warning", Severity::warning}, LevelWord{"Error", Severity::error},
    LevelWord{"TRACE", Severity::info},      LevelWord{"NOTICE", Severity::info}};

bool is_separator(char c) {
  return c == ' ' || c == '\t' || c == ':' || c == '-' || c == '|' || c == ']' || c == '[' ||
         c == '!' || c == ')' || c == '(';
}

/// The level at the front of `text`; a word in lower case needs its colon.
const LevelWord* level_at(std::string_view text) {
  for (const auto& level : kLevels) {
    if (!text.starts_with(level.word)) continue;
    const std::string_view behind = text.substr(level.word.size());
    const bool loud = level.word[1] < 'a';
    if (loud ? behind.empty() || is_separator(behind[0]) : behind.starts_with(": ")) return &level;
  }
  return nullptr;
}

/// The level that stands alone in brackets behind `at`: LightGBM's "[Warning]", structlog's
/// "[warning  ]".
const LevelWord* bracketed_level(std::string_view text, std::size_t at) {
  if (at == 0 || text[at - 1] != '[') return nullptr;
  for (const auto& level : kLevels)
    if (text.substr(at).starts_with(level.word) &&
        without_spaces(text.substr(at + level.word.size())).starts_with(']'))
      return &level;
  return nullptr;
}

/// "[file.py:12]", "(file.py:12)" and separators.
std::string_view without_place(std::string_view text) {
  constexpr std::size_t kLongest = 96;
  for (int i = 0; i < 4; ++i) {
    while (!text.empty() && (is_separator(text[0]) && text[0] != '[' && text[0] != '('))
      text.remove_prefix(1);
    if (text.size() < 2 || text[0] != '[') break;
    const auto close = text.substr(0, kLongest).find(']');
    if (close == std::string_view::npos || close + 1 >= text.size()) break;
    text.remove_prefix(close + 1);
  }
  return text;
}

/// glog and c10: "W1123 14:45:16.925882 13089 socket.cpp:426] ", "[W socket.cpp:601] ".
std::optional<LineHead> parse_glog(std::string_view text) {
  constexpr std::size_t kLongest = 160;
  const bool bracketed = text.starts_with('[');
  const std::string_view inside = text.substr(bracketed ? 1 : 0);
  if (inside.size() < 4) return std::nullopt;
  // NeMo: "[NeMo W 2026-01-02 03:04:05 file:12] ".
  constexpr std::string_view kNemo = "NeMo ";
  const bool nemo = bracketed && inside.starts_with(kNemo) && inside.size() > kNemo.size() + 2;
  const char letter = inside[nemo ? kNemo.size() : 0];
  if (letter != 'W' && letter != 'E' && letter != 'F' && letter != 'I') return std::nullopt;
  const bool dated = has_shape(inside.substr(1), "ddd");
  const bool spaced = bracketed && inside[nemo ? kNemo.size() + 1 : 1] == ' ';
  if (!dated && !spaced) return std::nullopt;
  const auto close = text.substr(0, kLongest).find(']');
  if (close == std::string_view::npos) return std::nullopt;
  if (!text.substr(0, close).contains(':')) return std::nullopt;
  const Severity severity = letter == 'W'   ? Severity::warning
                            : letter == 'I' ? Severity::info
                                            : Severity::error;
  return LineHead{severity, without_spaces(text.substr(close + 1))};
}

/// TensorFlow: "E tensorflow/core/x.cc:12] text"; a colon stands before it where a timestamp does.
std::optional<LineHead> parse_tensorflow(std::string_view text) {
  if (text.starts_with(": ")) text.remove_prefix(2);
  if (text.size() < 3 || text[1] != ' ') return std::nullopt;
  const auto close = text.substr(0, 160).find("] ");
  if (close == std::string_view::npos || !text.substr(0, close).contains(".cc:"))
    return std::nullopt;
  switch (text[0]) {
    case 'W':
      return LineHead{Severity::warning, text.substr(close + 2)};
    case 'E':
    case 'F':
      return LineHead{Severity::error, text.substr(close + 2)};
    case 'I':
      return LineHead{Severity::info, text.substr(close + 2)};
    default:
      return std::nullopt;
  }
}

/// "ERROR 07-29 21:48:54 [file.py:12] text": what stands between the level and the text.
std::string_view behind_level(std::string_view text) {
  const std::string_view bare = without_spaces(text);
  if (bare.starts_with('[')) return without_place(text);
  return without_place(bare.substr(timestamp_length(bare)));
}

/// A level within the first words of a line, set off by separators: "wandb: ERROR ...",
/// "2026-... - INFO - module - ...", "[2026-...] [WARNING] [file.py:12] ...".
std::optional<LineHead> find_level(std::string_view text, bool dated) {
  const std::size_t reach = std::min<std::size_t>(text.size(), dated ? 96 : 40);
  for (std::size_t at = 0; at < reach; ++at) {
    const bool begins =
        at == 0 || (is_separator(text[at - 1]) &&
                    (dated || at < 2 || text[at - 1] != ' ' || is_separator(text[at - 2])));
    if (!begins) continue;
    const auto* bracketed = bracketed_level(text, at);
    const auto* level = bracketed ? bracketed : level_at(text.substr(at));
    if (!level || (at > 0 && !bracketed && level->word[1] >= 'a')) continue;
    const std::string_view behind = text.substr(at + level->word.size());
    // "log_level: WARNING" is a setting.
    if (at > 0 && without_spaces(behind).empty()) continue;
    return LineHead{level->severity, behind_level(behind)};
  }
  return std::nullopt;
}

}  // namespace

std::size_t timestamp_length(std::string_view text) {
  const bool bracketed = text.starts_with('[');
  const std::string_view inside = text.substr(bracketed ? 1 : 0);
  const auto shape = shape_of(inside);
  if (!shape) return 0;
  std::size_t length = shape->look.size();
  length += fraction_length(inside.substr(length));
  length += zone_length(inside.substr(length));
  if (!bracketed) return length;
  const auto close = inside.find(']', length);
  return close == std::string_view::npos || close > length + 40 ? 0 : close + 2;
}

std::optional<double> parse_timestamp(std::string_view line, std::int64_t utc_offset_seconds) {
  const std::string_view text = before_timestamp(line);
  const auto shape = shape_of(text);
  return shape ? instant(text, *shape, utc_offset_seconds) : std::nullopt;
}

LineHead parse_line_head(std::string_view line) {
  std::string_view text = without_prefixes(line);
  const std::string_view bare = without_spaces(text);
  if (const auto glog = parse_glog(bare)) return *glog;
  const std::size_t stamp = timestamp_length(bare);
  const bool dated = stamp > 0 || text.size() < line.size();
  if (stamp > 0) text = bare.substr(stamp);
  if (const auto tensorflow = parse_tensorflow(stamp > 0 ? text : bare)) return *tensorflow;
  if (const auto found = find_level(without_spaces(text), dated)) return *found;
  return {Severity::unsaid, stamp > 0 ? without_place(text) : text};
}

}  // namespace tidemark
