#include "logscan/line_shape.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "core/text.h"

namespace tidemark {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

std::uint64_t load(const char* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return word;
}

constexpr std::uint64_t each(std::uint8_t byte) {
  return byte * 0x0101'0101'0101'0101U;
}

/// Eight bytes, with '0' for each digit: a byte is one where, without '0's bits, it is at most 9.
std::uint64_t without_digits(std::uint64_t word) {
  const std::uint64_t bare = word ^ each('0');
  const std::uint64_t above_nine = ((bare & each(0x7F)) + each(0x7F - 9)) | bare;
  const std::uint64_t digits = (~above_nine & each(0x80)) >> 7;
  return word & ~(digits * 0x0F);
}

/// Of the same length: eight bytes at a time, the last eight perhaps twice.
bool same_width(std::string_view look, std::string_view line) {
  const std::size_t last = line.size() - kWord;
  for (std::size_t at = 0; at < last; at += kWord)
    if (without_digits(load(line.data() + at)) != load(look.data() + at)) return false;
  return without_digits(load(line.data() + last)) == load(look.data() + last);
}

/// Behind the rest of a number that `at` stands in or behind; `at` where it stands in none.
std::size_t behind_number(std::string_view text, std::size_t at) {
  const auto goes_on = [](char c) { return is_digit(c) || c == '.' || c == 'e' || c == '-'; };
  if (at == 0 || !is_digit(text[at - 1])) return at;
  while (at < text.size() && goes_on(text[at])) ++at;
  return at;
}

/// How many bytes are the same but for digits, from `i` and `j` on.
std::size_t same_bytes(std::string_view look, std::size_t i, std::string_view line, std::size_t j) {
  const std::size_t most = std::min(look.size() - i, line.size() - j);
  std::size_t same = 0;
  while (same + kWord <= most &&
         without_digits(load(line.data() + j + same)) == load(look.data() + i + same))
    same += kWord;
  while (same < most && look[i + same] == (is_digit(line[j + same]) ? '0' : line[j + same])) ++same;
  return same;
}

bool same_but_for_widths(std::string_view look, std::string_view line) {
  std::size_t i = 0, j = 0;
  while (true) {
    const std::size_t same = same_bytes(look, i, line, j);
    const std::size_t begin_i = i + same, begin_j = j + same;
    if (begin_i == look.size() && begin_j == line.size()) return true;
    i = behind_number(look, begin_i);
    j = behind_number(line, begin_j);
    if (i == begin_i && j == begin_j) return false;
  }
}

std::string look_of(std::string_view line) {
  std::string look{line};
  for (char& c : look)
    if (is_digit(c)) c = '0';
  return look;
}

}  // namespace

LineShape::LineShape(std::string_view line) : look_(look_of(line)) {}

bool LineShape::fits(std::string_view line) {
  if (look_.empty() || without_digits(load(line.data())) != load(look_.data())) return false;
  if (line.size() == look_.size() && same_width(look_, line)) return true;
  if (!same_but_for_widths(look_, line)) return false;
  look_ = look_of(line);  // the next is most likely as wide as this one
  return true;
}

}  // namespace tidemark
