#include "report/text_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/utf8.h"

namespace tidemark {
namespace {

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::string escape_ascii_controls(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\t')
      escaped += ' ';
    else if (c == '\n')
      escaped += "\\n";
    else if (byte < 0x20 || byte == 0x7F)
      escaped += fmt::format("\\x{:02x}", byte);
    else
      escaped += c;
  }
  return escaped;
}

// The code point of the two- or three-byte sequence at the front of valid UTF-8; 0 for any other.
unsigned code_point_at(std::string_view text) {
  const auto at = [text](std::size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(text[i]));
  };
  if (text.size() >= 2 && (at(0) & 0xE0U) == 0xC0U)
    return ((at(0) & 0x1FU) << 6U) | (at(1) & 0x3FU);
  if (text.size() >= 3 && (at(0) & 0xF0U) == 0xE0U)
    return ((at(0) & 0x0FU) << 12U) | ((at(1) & 0x3FU) << 6U) | (at(2) & 0x3FU);
  return 0;
}

// C1 controls, and Unicode Standard Annex 9's explicit formatting characters; the line and
// paragraph separators too.
bool is_dangerous(unsigned code_point) {
  return (code_point >= 0x80 && code_point <= 0x9F) ||
         (code_point >= 0x200E && code_point <= 0x200F) ||
         (code_point >= 0x2028 && code_point <= 0x202E) ||
         (code_point >= 0x2066 && code_point <= 0x2069);
}

}  // namespace

std::string escape_for_terminal(std::string_view text) {
  const auto ascii_safe = escape_ascii_controls(text);
  // U+FFFD is three bytes long: the bound is never reached.
  const auto valid = to_valid_utf8(ascii_safe, ascii_safe.size() * 3 + 3);
  std::string escaped;
  for (std::size_t i = 0; i < valid.size();) {
    const auto code_point = code_point_at(std::string_view{valid}.substr(i));
    std::size_t next = i + 1;
    while (next < valid.size() && continues_character(valid[next])) ++next;
    if (is_dangerous(code_point))
      escaped += fmt::format("\\u{:04x}", code_point);
    else
      escaped.append(valid, i, next - i);
    i = next;
  }
  return escaped;
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return !continues_character(c); }));
}

std::string cut_to(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns) return std::string{text};
  const std::size_t kept = columns > 3 ? columns - 3 : 0;
  std::size_t end = 0;
  for (std::size_t shown = 0; end < text.size(); ++end) {
    if (continues_character(text[end])) continue;
    if (shown++ == kept) break;
  }
  return std::string{text.substr(0, end)} + "...";
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent, std::size_t used) {
  std::string wrapped;
  std::size_t column = used;
  bool at_line_start = true;
  while (!text.empty()) {
    const auto space = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (word.empty()) continue;
    const auto length = columns_of(word);
    if (!at_line_start && column + 1 + length > width) {
      wrapped += '\n';
      wrapped.append(indent, ' ');
      column = indent;
      at_line_start = true;
    }
    if (!at_line_start) {
      wrapped += ' ';
      ++column;
    }
    wrapped += word;
    column += length;
    at_line_start = false;
  }
  return wrapped;
}

std::string bar(double fraction, std::size_t width) {
  const double share = std::isfinite(fraction) ? std::clamp(fraction, 0.0, 1.0) : 0.0;
  const auto filled = static_cast<std::size_t>(std::lround(share * static_cast<double>(width)));
  return std::string(filled, '#') + std::string(width - filled, '.');
}

}  // namespace tidemark
