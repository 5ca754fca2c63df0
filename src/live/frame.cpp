#include "live/frame.h"

#include <algorithm>
#include <array>

#include "report/report.h"

namespace tidemark {
namespace {

struct Interval {
  char32_t first, last;
};

// Unicode Standard Annex 11, "W" and "F", as whole blocks; emoji are "W".
constexpr std::array kWide{
    Interval{0x1100, 0x115F},   Interval{0x231A, 0x231B},   Interval{0x2E80, 0x303E},
    Interval{0x3041, 0xA4CF},   Interval{0xA960, 0xA97C},   Interval{0xAC00, 0xD7A3},
    Interval{0xF900, 0xFAFF},   Interval{0xFE30, 0xFE6F},   Interval{0xFF00, 0xFF60},
    Interval{0xFFE0, 0xFFE6},   Interval{0x1F300, 0x1F64F}, Interval{0x1F680, 0x1F6FF},
    Interval{0x1F900, 0x1F9FF}, Interval{0x20000, 0x3FFFD},
};
// Combining marks, joiners and variation selectors.
constexpr std::array kNarrowest{
    Interval{0x0300, 0x036F}, Interval{0x0483, 0x0489}, Interval{0x0591, 0x05BD},
    Interval{0x0610, 0x061A}, Interval{0x064B, 0x065F}, Interval{0x0E34, 0x0E3A},
    Interval{0x0E47, 0x0E4E}, Interval{0x1AB0, 0x1AFF}, Interval{0x1DC0, 0x1DFF},
    Interval{0x200B, 0x200D}, Interval{0x20D0, 0x20FF}, Interval{0xFE00, 0xFE0F},
    Interval{0xFE20, 0xFE2F}, Interval{0xFEFF, 0xFEFF},
};

template <std::size_t N>
bool is_in(const std::array<Interval, N>& intervals, char32_t c) {
  return std::ranges::any_of(intervals,
                             [c](const Interval& i) { return c >= i.first && c <= i.last; });
}

std::size_t columns_of(char32_t c) {
  if (c < 0x300) return 1;
  if (is_in(kNarrowest, c)) return 0;
  return is_in(kWide, c) ? 2 : 1;
}

/// One character of valid UTF-8 and the bytes it takes.
struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
};

Character character_at(std::string_view text) {
  const auto byte = [text](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
  };
  const char32_t lead = byte(0);
  Character c{lead, 1};
  if (lead >= 0xF0)
    c = {lead & 0x07U, 4};
  else if (lead >= 0xE0)
    c = {lead & 0x0FU, 3};
  else if (lead >= 0xC0)
    c = {lead & 0x1FU, 2};
  c.bytes = std::min(c.bytes, text.size());
  for (std::size_t i = 1; i < c.bytes; ++i) c.code = (c.code << 6U) | (byte(i) & 0x3FU);
  return c;
}

/// The longest beginning of `text` that fits.
std::string_view beginning(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  for (std::size_t used = 0; end < text.size();) {
    const auto c = character_at(text.substr(end));
    used += columns_of(c.code);
    if (used > columns) break;
    end += c.bytes;
  }
  return text.substr(0, end);
}

std::string cut(std::string_view text, std::size_t columns) {
  constexpr std::string_view kMissing = "...";
  if (display_columns(text) <= columns) return std::string{text};
  if (columns <= kMissing.size()) return std::string{beginning(text, columns)};
  return std::string{beginning(text, columns - kMissing.size())} + std::string{kMissing};
}

}  // namespace

std::size_t display_columns(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto c = character_at(text);
    columns += columns_of(c.code);
    text.remove_prefix(c.bytes);
  }
  return columns;
}

std::string fitted(std::string_view text, std::size_t columns) {
  // A character takes at most two columns and no more than an escape's ten bytes: longer texts need
  // not be looked at whole.
  return cut(printable(text, 2 * columns + 4), columns);
}

std::string padded(std::string_view text, std::size_t columns) {
  auto line = fitted(text, columns);
  return line.append(columns - std::min(columns, display_columns(line)), ' ');
}

FrameLine cut_line(FrameLine line, std::size_t columns) {
  std::size_t left = columns;
  for (auto& span : line) {
    if (display_columns(span.text) > left) span.text = cut(span.text, left);
    left -= std::min(left, display_columns(span.text));
  }
  std::erase_if(line, [](const Span& span) { return span.text.empty(); });
  return line;
}

Frame in_ascii(Frame frame) {
  for (auto& line : frame.lines) {
    for (auto& span : line) {
      std::string ascii;
      for (std::string_view rest = span.text; !rest.empty();) {
        const auto c = character_at(rest);
        ascii.append(c.code < 0x80 ? 1 : columns_of(c.code),
                     c.code < 0x80 ? static_cast<char>(c.code) : '?');
        rest.remove_prefix(c.bytes);
      }
      span.text = std::move(ascii);
    }
  }
  return frame;
}

std::string plain_text(const Frame& frame) {
  std::string text;
  for (const auto& line : frame.lines) {
    std::string plain;
    for (const auto& span : line) plain += span.text;
    plain.erase(plain.find_last_not_of(' ') + 1);
    text += plain + "\n";
  }
  return text;
}

}  // namespace tidemark
