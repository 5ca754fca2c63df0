#include "logscan/line_splitter.h"

namespace tidemark {
namespace {

constexpr char kEscape = '\x1B';

bool within(char c, char first, char last) {
  return c >= first && c <= last;
}

/// Length of the escape sequence at the front of `text` (ECMA-48, and OSC as xterm ends it).
std::size_t escape_length(std::string_view text) {
  if (text.size() < 2) return text.size();
  if (text[1] == '[') {  // parameters, intermediates, one final byte
    std::size_t i = 2;
    while (i < text.size() && within(text[i], ' ', '?')) ++i;
    return std::min(text.size(), i + 1);
  }
  if (text[1] == ']') {  // ends at BEL or ESC backslash; without an end only its front is dropped
    const auto end = text.find_first_of("\x07\x1B", 2);
    if (end == std::string_view::npos) return 2;
    return text[end] == '\x07' ? end + 1 : std::min(text.size(), end + 2);
  }
  std::size_t i = 1;  // ESC ( B and the like
  while (i < text.size() && within(text[i], ' ', '/')) ++i;
  return std::min(text.size(), i + 1);
}

}  // namespace

std::string_view without_escapes(std::string_view line, std::string& scratch) {
  constexpr std::string_view kSpecial{"\x1B\0", 2};
  auto special = line.find_first_of(kSpecial);
  if (special == std::string_view::npos) return line;
  scratch.clear();
  while (special != std::string_view::npos) {
    scratch += line.substr(0, special);
    line.remove_prefix(special);
    line.remove_prefix(line[0] == kEscape ? escape_length(line) : 1);
    special = line.find_first_of(kSpecial);
  }
  scratch += line;
  return scratch;
}

}  // namespace tidemark
