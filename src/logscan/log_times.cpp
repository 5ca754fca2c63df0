#include <algorithm>

#include "logscan/logscan.h"

namespace tidemark {
namespace {

// Marks are kept every five seconds while output comes.
constexpr double kLongestBeforeFirst = 10;

bool are_of_one_reader(std::span<const LogMark> marks) {
  return std::ranges::all_of(
      marks, [&](const LogMark& mark) { return mark.reader == marks.front().reader; });
}

}  // namespace

const LogMark* mark_of(std::span<const LogMark> marks, double began, std::uint64_t byte_offset) {
  if (marks.empty() || !are_of_one_reader(marks)) return nullptr;
  const auto behind = std::ranges::find_if(marks, [byte_offset](const LogMark& mark) {
    return mark.byte_offset > 0 && static_cast<std::uint64_t>(mark.byte_offset) > byte_offset;
  });
  if (behind == marks.end()) return nullptr;
  const bool is_first = behind == marks.begin();
  if (is_first && behind->unix_seconds - began > kLongestBeforeFirst) return nullptr;
  return &*behind;
}

}  // namespace tidemark
