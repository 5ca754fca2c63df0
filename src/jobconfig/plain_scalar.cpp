// YAML's unquoted scalars, typed as PyYAML's SafeLoader types them (YAML 1.1 resolver), with two
// differences: a number with an exponent needs neither a dot nor a sign ("1e-4"), because
// ai-toolkit's loader reads it so, and "-.5" is a number. Nobody means a string by either.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "core/text.h"

#include "jobconfig/config_tree.h"

namespace tidemark {
namespace {

/// "true", "True" and "TRUE" match `lower`; "tRue" does not, as in YAML 1.1.
bool matches_word(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  std::string folded{text};
  for (char& c : folded)
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  if (folded != lower) return false;
  const std::size_t capitals = static_cast<std::size_t>(std::ranges::count_if(text, is_upper));
  return capitals == 0 || capitals == text.size() || (capitals == 1 && is_upper(text[0]));
}

std::optional<bool> as_bool(std::string_view text) {
  for (const auto* yes : {"true", "yes", "on"})
    if (matches_word(text, yes)) return true;
  for (const auto* no : {"false", "no", "off"})
    if (matches_word(text, no)) return false;
  return std::nullopt;
}

bool is_null(std::string_view text) {
  return text.empty() || text == "~" || matches_word(text, "null");
}

std::string without_underscores(std::string_view text) {
  std::string digits{text};
  std::erase(digits, '_');
  return digits;
}

ConfigValue integer_of(std::string_view digits, int base, bool negative) {
  const std::string text = (negative ? "-" : "") + without_underscores(digits);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error == std::errc{} && end == text.data() + text.size()) return value;
  double wide = 0;  // beyond 64 bits
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), wide);
  if (base == 10 && parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size())
    return wide;
  return std::monostate{};
}

struct IntegerForm {
  std::string_view prefix;
  int base;
  std::string_view digits;
};

// In this order: "0" alone is decimal, "08" is no number at all.
constexpr std::array kIntegerForms{
    IntegerForm{"0x", 16, "0123456789abcdefABCDEF_"},
    IntegerForm{"0b", 2, "01_"},
    IntegerForm{"0", 8, "01234567_"},
    IntegerForm{"", 10, "0123456789_"},
};

/// Monostate where `text` (without its sign) is no integer.
ConfigValue as_integer(std::string_view text, bool negative) {
  if (text.empty() || !is_digit(text[0])) return {};
  for (const auto& form : kIntegerForms) {
    const std::string_view digits = text.substr(std::min(text.size(), form.prefix.size()));
    if (!text.starts_with(form.prefix) || digits.empty()) continue;
    const bool fits = digits.find_first_not_of(form.digits) == std::string_view::npos;
    return fits ? integer_of(digits, form.base, negative) : ConfigValue{};
  }
  return {};
}

/// "1.5", ".5", "1e-4"; monostate where `text` (without its sign) is none, "1e999" among them.
ConfigValue as_decimal(std::string_view text, bool negative) {
  const bool has_mark = text.find_first_of(".eE") != std::string_view::npos;  // "08" has none
  const bool fits = text.find_first_not_of("0123456789._eE+-") == std::string_view::npos;
  if (!has_mark || !fits) return {};
  if (!is_digit(text[0]) && (text[0] != '.' || text.starts_with("._"))) return {};
  const std::string digits = (negative ? "-" : "") + without_underscores(text);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = end == digits.data() + digits.size();
  return whole && error == std::errc{} ? ConfigValue{value} : ConfigValue{};
}

ConfigValue as_float(std::string_view text, bool negative) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const auto* word : {".inf", ".Inf", ".INF"})
    if (text == word) return negative ? -kInfinity : kInfinity;
  return as_decimal(text, negative);
}

}  // namespace

ConfigValue plain_scalar_value(std::string_view text) {
  if (is_null(text)) return std::monostate{};
  if (const auto flag = as_bool(text)) return *flag;
  for (const auto* word : {".nan", ".NaN", ".NAN"})
    if (text == word) return std::numeric_limits<double>::quiet_NaN();
  constexpr std::size_t kLongestNumber = 400;  // a double written out in full has fewer digits
  if (text.size() <= kLongestNumber) {
    const bool negative = text[0] == '-';
    const std::string_view unsigned_text = text.substr(negative || text[0] == '+' ? 1 : 0);
    if (auto value = as_integer(unsigned_text, negative); value.index() != 0) return value;
    if (auto value = as_float(unsigned_text, negative); value.index() != 0) return value;
  }
  return std::string{text};
}

}  // namespace tidemark
