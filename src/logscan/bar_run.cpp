#include "logscan/bar_run.h"

#include <cstring>

#include "core/text.h"

namespace tidemark {
namespace {

std::size_t find_byte(std::string_view text, char byte, std::size_t from) {
  if (from >= text.size()) return std::string_view::npos;
  const void* found = std::memchr(text.data() + from, byte, text.size() - from);
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

/// `starts_with` without a call: heads and tails are a few bytes.
bool begins_with(std::string_view text, std::string_view beginning) {
  if (text.size() < beginning.size()) return false;
  std::size_t i = 0;
  for (; i + sizeof(std::uint64_t) <= beginning.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t a = 0, b = 0;
    std::memcpy(&a, text.data() + i, sizeof a);
    std::memcpy(&b, beginning.data() + i, sizeof b);
    if (a != b) return false;
  }
  for (; i < beginning.size(); ++i)
    if (text[i] != beginning[i]) return false;
  return true;
}

/// Behind "  42%|####  | " at `at`: where the count begins; npos where it looks otherwise.
std::size_t count_begin(std::string_view line, std::size_t at) {
  while (at < line.size() && (line[at] == ' ' || is_digit(line[at]))) ++at;
  if (at + 1 >= line.size() || line[at] != '%' || line[at + 1] != '|')
    return std::string_view::npos;
  at = find_byte(line, '|', at + 2);
  if (at == std::string_view::npos) return at;
  ++at;
  while (at < line.size() && line[at] == ' ') ++at;
  return at < line.size() && is_digit(line[at]) ? at : std::string_view::npos;
}

std::int64_t take_number(std::string_view line, std::size_t& at) {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  std::int64_t number = 0;
  for (; at < line.size() && is_digit(line[at]) && number < kMost; ++at)
    number = number * 10 + (line[at] - '0');
  return number;
}

/// The bar's bracket closes the line, and what stands in it is made of names and finite numbers.
bool ends_plainly(std::string_view line, std::size_t inside) {
  std::size_t end = line.size();
  while (end > inside && line[end - 1] == ' ') --end;
  if (end <= inside || line[end - 1] != ']' || find_byte(line, ']', inside) != end - 1)
    return false;
  const std::string_view text = line.substr(inside, end - inside);
  for (auto at = find_byte(text, 'n', 0); at != std::string_view::npos;
       at = find_byte(text, 'n', at + 1)) {
    const bool nan = text.substr(at).starts_with("nan");
    const bool inf = at > 0 && text[at - 1] == 'i' && text.substr(at).starts_with("nf");
    if (nan || inf) return false;
  }
  return true;
}

}  // namespace

void BarRun::begin(std::string_view line) {
  forget();
  pending_.clear();
  const std::size_t percent = line.find("%|");
  if (percent == std::string_view::npos) return;
  std::size_t head = percent;
  while (head > 0 && is_digit(line[head - 1])) --head;
  while (head > 0 && line[head - 1] == ' ') --head;
  std::size_t at = count_begin(line, head);
  if (at == std::string_view::npos) return;
  const std::int64_t position = take_number(line, at);
  const std::size_t bracket = find_byte(line, '[', at);
  if (bracket == std::string_view::npos || bracket - at > 32 || line[at] != '/') return;
  head_ = line.substr(0, head);
  tail_ = line.substr(at, bracket + 1 - at);
  position_ = position;
  percent_at_ = percent;
  count_at_ = std::string_view::npos;
}

/// Where the count of `line` begins: where it was in the drawing before, if it looks so, because
/// most drawings are as long as the one before; npos where the look is another one.
std::size_t BarRun::find_count(std::string_view line) const {
  const bool as_before = line.size() > count_at_ && line[percent_at_] == '%' &&
                         line[percent_at_ + 1] == '|' && line[count_at_ - 2] == '|' &&
                         line[count_at_ - 1] == ' ' && is_digit(line[count_at_]);
  return as_before ? count_at_ : count_begin(line, head_.size());
}

bool BarRun::extends(std::string_view line) {
  if (tail_.empty() || !begins_with(line, head_)) return false;
  const std::size_t count_at = find_count(line);
  if (count_at == std::string_view::npos) return false;
  std::size_t at = count_at;
  const std::int64_t position = take_number(line, at);
  if (position < position_ || !begins_with(line.substr(at), tail_)) return false;
  if (!ends_plainly(line, at + tail_.size())) return false;
  count_at_ = count_at - 2 > percent_at_ + 1 ? count_at : std::string_view::npos;
  position_ = position;
  pending_ = line;
  return true;
}

}  // namespace tidemark
