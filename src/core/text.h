// What several parsers ask of a piece of text. Bytes, not letters: logs and kernel files are ASCII
// where it matters.
#pragma once

#include <string_view>

namespace tidemark {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// `text` without the blanks at its ends.
constexpr std::string_view trimmed(std::string_view text, std::string_view blanks = " \t") {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace tidemark
