#include "sensing/linux/parsers/process_stat.h"

#include <array>
#include <limits>

#include "sensing/text/scan.h"

namespace tidemark {
namespace {

// Numbers of proc(5).
constexpr std::size_t kParentPid = 4;
constexpr std::size_t kFlags = 9;
constexpr std::size_t kMajorFaults = 12;
constexpr std::size_t kUtime = 14;
constexpr std::size_t kStime = 15;
constexpr std::size_t kStartTime = 22;
constexpr std::size_t kRss = 24;
constexpr std::size_t kStartCode = 26;
constexpr std::size_t kStartStack = 28;
constexpr std::size_t kExitSignal = 38;
constexpr std::size_t kFieldsEnd = 39;

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  // comm may hold spaces and parentheses of its own: the last ')' ends it.
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return std::nullopt;
  ProcessStat stat{.comm = text.substr(open + 1, close - open - 1)};
  auto rest = text.substr(close + 1);
  const auto state = take_word(rest);
  if (state.size() != 1) return std::nullopt;
  stat.state = state.front();

  std::array<std::uint64_t, kFieldsEnd> fields{};
  for (std::size_t field = kParentPid; field < kFieldsEnd; ++field) {
    const auto word = take_word(rest);
    if (word.empty()) return std::nullopt;
    if (word.front() == '-') {  // none that is used here is ever negative but this one
      stat.is_thread = stat.is_thread || (field == kExitSignal && word == "-1");
      continue;
    }
    const auto value = parse_count(word);
    if (!value) return std::nullopt;
    fields[field] = *value;
  }
  if (fields[kParentPid] > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  stat.parent_pid = static_cast<std::int32_t>(fields[kParentPid]);
  stat.flags = fields[kFlags];
  stat.major_faults = fields[kMajorFaults];
  stat.cpu_ticks = fields[kUtime] + fields[kStime];
  stat.start_ticks = fields[kStartTime];
  stat.rss_pages = fields[kRss];
  stat.start_code = fields[kStartCode];
  stat.start_stack = fields[kStartStack];
  return stat;
}

}  // namespace tidemark
