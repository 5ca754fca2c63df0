#include <algorithm>
#include <charconv>

#include "journal/journal.h"

namespace tidemark {
namespace {

template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, char expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

bool is_journal_id(std::string_view id) {
  return id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

// "ID LANE:POSITION,LANE:POSITION": lanes at 0 are left out, and 64 of them fit 1.5 KiB.
std::string encode(const JournalPosition& position) {
  std::string text = position.journal_id;
  char separator = ' ';
  for (std::size_t lane = 0; lane < position.next.size(); ++lane) {
    if (position.next[lane] == 0) continue;
    text += separator + std::to_string(lane) + ":" + std::to_string(position.next[lane]);
    separator = ',';
  }
  return text;
}

Result<JournalPosition> decode_journal_position(std::string_view text) {
  const auto malformed = [] { return fail(Errc::malformed, "not a position in a journal"); };
  JournalPosition position{.journal_id = std::string{text.substr(0, text.find(' '))}};
  if (!is_journal_id(position.journal_id)) return malformed();
  text.remove_prefix(position.journal_id.size());
  for (char separator = ' '; !text.empty(); separator = ',') {
    std::size_t lane = 0;
    std::uint64_t next = 0;
    if (!take(text, separator) || !take_number(text, lane) || !take(text, ':') ||
        !take_number(text, next) || lane >= tidemark_lane_count)
      return malformed();
    position.next.resize(std::max(position.next.size(), lane + 1));
    position.next[lane] = next;
  }
  return position;
}

}  // namespace tidemark
