#include "logscan/progress_bar.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/text.h"
#include "core/utf8.h"
#include "logscan/bar_values.h"

namespace tidemark {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Takes a number without a sign off the front of `text`.
std::optional<double> take_number(std::string_view& text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// tqdm's unit_scale: "1.20k", "99.7M". Takes the letter off the front of `text`; 1 where there is
/// none.
double take_scale(std::string_view& text) {
  constexpr std::string_view kLetters = "kMGTPEZY";
  const auto power = text.empty() ? std::string_view::npos : kLetters.find(text.front());
  if (power == std::string_view::npos) return 1;
  text.remove_prefix(1);
  return std::pow(1000.0, static_cast<double>(power + 1));
}

/// A count of steps; a number beyond what a double holds exactly is none.
std::optional<std::int64_t> as_count(double number) {
  constexpr double kMost = 9007199254740992.0;  // 2^53
  if (!(number >= 0 && number < kMost)) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(number));
}

/// "00:12", "2:03:04", "1 day, 2:03:04", off the front of `text`; seconds.
std::optional<double> take_interval(std::string_view& text) {
  double seconds = 0;
  std::string_view rest = text;
  auto number = take_number(rest);
  if (number && (rest.starts_with(" day, ") || rest.starts_with(" days, "))) {
    seconds = *number * 86'400;
    rest.remove_prefix(rest.find(',') + 2);
    number = take_number(rest);
  }
  if (!number || rest.size() < 3 || rest[0] != ':') return std::nullopt;
  double clock = *number;
  int fields = 1;
  while (fields < 3 && rest.size() >= 3 && rest[0] == ':' && is_digit(rest[1]) &&
         is_digit(rest[2])) {
    clock = clock * 60 + (rest[1] - '0') * 10 + (rest[2] - '0');
    rest.remove_prefix(3);
    ++fields;
  }
  if (fields == 1) return std::nullopt;
  text = rest;
  return seconds + clock;
}

/// "10/24", "10it", "1.2k/10k", "833 examples": what stands before the bracket.
struct Counter {
  std::int64_t position = 0;
  std::optional<std::int64_t> total{};
  std::string_view unit{};
  std::size_t begin = 0;  // in the text before the bracket
};

std::optional<std::int64_t> whole_count(std::string_view text) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  const double scale = take_scale(text);
  return text.empty() ? as_count(*number * scale) : std::nullopt;
}

std::optional<Counter> counter_of_total(std::string_view token, std::size_t begin) {
  const auto slash = token.find('/');
  const auto position = whole_count(token.substr(0, slash));
  const std::string_view total_text = token.substr(slash + 1);
  const auto total = whole_count(total_text);
  if (!position || !(total || total_text == "?")) return std::nullopt;
  return Counter{*position, total, {}, begin};
}

std::optional<Counter> counter_without_total(std::string_view token, std::size_t begin) {
  std::string_view rest = token;
  const auto number = take_number(rest);
  if (!number) return std::nullopt;
  // "1.2kit" is scaled, "10kit" too; a unit that begins with such a letter is misread, and rare.
  double scale = 1;
  if (rest.size() > 1 && is_letter(rest[1])) scale = take_scale(rest);
  const auto position = as_count(*number * scale);
  if (!position || rest.empty() || !is_letter(rest.front())) return std::nullopt;
  return Counter{*position, std::nullopt, rest, begin};
}

std::optional<Counter> parse_counter(std::string_view before) {
  while (!before.empty() && before.back() == ' ') before.remove_suffix(1);
  constexpr std::size_t kLongestToken = 64;
  const auto token_begin = [](std::string_view text) {
    std::size_t begin = text.size();
    while (begin > 0 && text[begin - 1] != ' ' && text[begin - 1] != '|' &&
           text.size() - begin <= kLongestToken)
      --begin;
    return begin;
  };
  const std::size_t begin = token_begin(before);
  const std::string_view token = before.substr(begin);
  if (token.empty()) return std::nullopt;
  if (token.contains('/')) return counter_of_total(token, begin);
  if (is_digit(token.front())) return counter_without_total(token, begin);
  if (begin == 0 || before[begin - 1] != ' ') return std::nullopt;
  // tqdm(unit=" examples"): the number stands one word before.
  std::string_view number = trimmed(before.substr(0, begin));
  const std::size_t number_begin = token_begin(number);
  number.remove_prefix(number_begin);
  const auto position = whole_count(number);
  if (!position || !is_letter(token.front())) return std::nullopt;
  return Counter{*position, std::nullopt, token, number_begin};
}

struct Rate {
  std::optional<double> seconds_per_step{};
  std::string_view unit{};
};

/// "17.69it/s", " 2.16s/it", "?it/s"; absent where the field is something else.
std::optional<Rate> parse_rate(std::string_view field) {
  field = trimmed(field);
  const bool unknown = field.starts_with('?');
  if (unknown) field.remove_prefix(1);
  const auto number = unknown ? std::optional{0.0} : take_number(field);
  if (!number) return std::nullopt;
  field = trimmed(field);
  const auto with_unit = [&](std::string_view unit, double seconds) {
    const bool known = !unknown && std::isfinite(seconds) && seconds > 0;
    return Rate{known ? std::optional{seconds} : std::nullopt, trimmed(unit)};
  };
  if (field.starts_with("s/")) return with_unit(field.substr(2), *number);
  if (field.size() > 3 && field.substr(1).starts_with("s/")) {
    const double scale = take_scale(field);
    return scale > 1 ? std::optional{with_unit(field.substr(2), *number * scale)} : std::nullopt;
  }
  if (!field.ends_with("/s")) return std::nullopt;
  field.remove_suffix(2);
  const double scale = field.size() > 1 ? take_scale(field) : 1;
  return with_unit(field, 1 / (*number * scale));
}

/// What stands in the brackets.
struct Timing {
  double elapsed_seconds = 0;
  std::optional<Rate> rate{};
  bool remaining_shown = false;
  std::string_view postfix{};
  std::size_t length = 0;  // with the closing bracket
};

/// The text up to the bracket that closes the one before it; the rest of the line where none does.
struct Inside {
  std::string_view text{};
  std::size_t length = 0;
};
Inside inside_brackets(std::string_view text) {
  int depth = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') ++depth;
    if (text[i] == ']' && --depth == 0) return {text.substr(0, i), i + 1};
  }
  // A terminal's width cut the drawing; the value it was cut in is not to be trusted.
  const auto whole = text.find_last_of(", ");
  return {text.substr(0, whole == std::string_view::npos ? 0 : whole), text.size()};
}

std::optional<Timing> parse_timing(std::string_view after_bracket) {
  std::string_view probe = after_bracket;
  if (!take_interval(probe))
    return std::nullopt;  // the cheap look, before the bracket's end is searched
  const Inside inside = inside_brackets(after_bracket);
  std::string_view text = inside.text;
  const auto elapsed = take_interval(text);
  if (!elapsed || !(text.empty() || text.front() == '<' || text.front() == ','))
    return std::nullopt;
  Timing timing;
  timing.elapsed_seconds = *elapsed;
  timing.length = inside.length;
  if (text.starts_with('<')) {
    timing.remaining_shown = true;
    text.remove_prefix(1);
    (void)take_interval(text);  // may hold a comma: "1 day, 2:03:04"
    text.remove_prefix(std::min(text.size(), text.find(',')));
  }
  if (text.starts_with(',')) text.remove_prefix(1);
  const std::string_view field = text.substr(0, text.find(','));
  timing.rate = parse_rate(field);
  timing.postfix = timing.rate ? text.substr(std::min(text.size(), field.size())) : text;
  return timing;
}

constexpr std::size_t kMaxDescriptionBytes = 256;

/// What stands before "42%|####" or, where a bar has no such part, before the counter.
std::string_view description_of(std::string_view before_counter, bool& has_percent) {
  constexpr std::size_t kWidestBar = 4096;
  const std::size_t skipped =
      before_counter.size() > kWidestBar ? before_counter.size() - kWidestBar : 0;
  const auto percent = before_counter.substr(skipped).rfind("%|");
  has_percent = percent != std::string_view::npos;
  std::string_view text =
      has_percent ? before_counter.substr(0, skipped + percent) : before_counter;
  if (has_percent)
    while (!text.empty() && (is_digit(text.back()) || text.back() == '.')) text.remove_suffix(1);
  text = trimmed(text);
  while (!text.empty() && (text.back() == ':' || text.back() == ' ')) text.remove_suffix(1);
  return text.size() > kMaxDescriptionBytes ? text.substr(text.size() - kMaxDescriptionBytes)
                                            : text;
}

std::optional<ProgressBar> build_bar(std::string_view before, const Timing& timing) {
  const auto counter = parse_counter(before);
  if (!counter) return std::nullopt;
  bool has_percent = false;
  const std::string_view description =
      description_of(before.substr(0, counter->begin), has_percent);
  auto values = parse_bar_values(timing.postfix);
  // "3/10 [12:30:01]" is somebody's log line; a bar shows more.
  const bool counted = counter->total.has_value();
  if (!(timing.rate || (counted && (has_percent || timing.remaining_shown || !values.empty()))))
    return std::nullopt;
  if (values.empty()) values = parse_bar_values(description);  // set_description(f"loss {loss}")
  ProgressBar bar;
  bar.description = to_valid_utf8(description, kMaxDescriptionBytes);
  bar.position = counter->position;
  bar.total = counter->total;
  bar.elapsed_seconds = timing.elapsed_seconds;
  if (timing.rate) bar.seconds_per_step = timing.rate->seconds_per_step;
  bar.loss = values.loss;
  bar.learning_rate = values.learning_rate;
  bar.gradient_norm = values.gradient_norm;
  constexpr std::size_t kMaxUnitBytes = 32;
  const std::string_view unit =
      timing.rate && !timing.rate->unit.empty() ? timing.rate->unit : counter->unit;
  bar.unit = to_valid_utf8(unit, kMaxUnitBytes);
  return bar;
}

}  // namespace

std::optional<FoundBar> find_progress_bar(std::string_view line, std::size_t from) {
  constexpr int kMostBrackets = 64;  // a line of nothing but brackets is not worth more
  auto bracket = line.find('[', from);
  for (int tries = 0; bracket != std::string_view::npos && tries < kMostBrackets; ++tries) {
    const bool dated = bracket + 1 < line.size() && is_digit(line[bracket + 1]);
    if (dated && bracket > from && line[bracket - 1] == ' ') {
      const auto timing = parse_timing(line.substr(bracket + 1));
      auto bar = timing ? build_bar(line.substr(from, bracket - from), *timing) : std::nullopt;
      if (bar) return FoundBar{std::move(*bar), bracket, bracket + 1 + timing->length};
    }
    bracket = line.find('[', bracket + 1);
  }
  return std::nullopt;
}

std::optional<ProgressBar> parse_progress_bar(std::string_view line) {
  auto found = find_progress_bar(line, 0);
  return found ? std::optional{std::move(found->bar)} : std::nullopt;
}

}  // namespace tidemark
