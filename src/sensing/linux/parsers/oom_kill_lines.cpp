#include "sensing/linux/parsers/oom_kill_lines.h"

#include <limits>

#include "core/utf8.h"
#include "sensing/text/scan.h"

namespace tidemark {
namespace {

constexpr std::string_view kCgroupWords = "Memory cgroup out of memory";
constexpr std::size_t kMostNameBytes = 64;      // a comm has 15
constexpr std::size_t kMostCgroupBytes = 4096;  // PATH_MAX

std::string_view after(std::string_view text, std::string_view mark) {
  const auto at = text.find(mark);
  return at == std::string_view::npos ? std::string_view{} : text.substr(at + mark.size());
}

std::string cgroup_name(std::string_view text) {
  return to_valid_utf8(text.substr(0, kMostCgroupBytes), kMostCgroupBytes);
}

// The name is the process's own choice and may hold ')' and what follows it here: the last such
// place ends it.
std::string_view name_between(std::string_view text) {
  const auto open = text.find('(');
  if (open == std::string_view::npos) return {};
  for (const std::string_view tail : {") total-vm:", "), UID ", ")"}) {
    const auto close = text.rfind(tail);
    if (close != std::string_view::npos && close > open)
      return text.substr(open + 1, close - open - 1);
  }
  return {};
}

std::optional<std::int32_t> leading_pid(std::string_view text) {
  const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
  const auto pid = parse_count(digits);
  if (!pid || *pid > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return static_cast<std::int32_t>(*pid);
}

}  // namespace

std::optional<OomKill> OomKillLines::take(std::string_view message,
                                          std::optional<BootTime> logged) {
  report_.take(message, logged);
  // "Killed process 7 (python3) total-vm:1kB, anon-rss:1kB, ..."; since Linux 5.0 with the words
  // "Out of memory: " or "Memory cgroup out of memory: " before it. Some distributions put
  // ", UID 0," before or after the name.
  constexpr std::string_view kKilled = "Killed process ";
  if (const auto at = message.find(kKilled); at != std::string_view::npos) {
    const auto before = message.substr(0, at);
    const auto rest = message.substr(at + kKilled.size());
    const auto pid = leading_pid(rest);
    if (!pid) return std::nullopt;
    const bool says_which = before.contains("ut of memory");
    if (says_which) by_cgroup_ = before.contains(kCgroupWords);
    OomKill kill{.pid = *pid,
                 .name = to_valid_utf8(name_between(rest), kMostNameBytes),
                 .by_cgroup = by_cgroup_,
                 .limiting_cgroup = by_cgroup_ ? limiting_cgroup_ : std::string{},
                 .task_cgroup = task_cgroup_};
    auto anon = rest.substr(std::min(rest.size(), rest.rfind("anon-rss:")));
    anon = after(anon, "anon-rss:");
    if (const auto count = parse_count(anon.substr(0, anon.find("kB"))))
      kill.anon_rss = bytes_of(*count, kBytesPerKib);
    kill.report = report_.finish();
    return kill;
  }

  // "oom-kill:constraint=CONSTRAINT_MEMCG,...,oom_memcg=/a,task_memcg=/a/b,task=x,pid=7,uid=0"
  if (const auto summary = after(message, "oom-kill:constraint="); !summary.empty()) {
    by_cgroup_ = summary.starts_with("CONSTRAINT_MEMCG");
    const auto limiting = after(summary, ",oom_memcg=");
    limiting_cgroup_ = cgroup_name(limiting.substr(0, limiting.find(",task_memcg=")));
    const auto task = after(summary, ",task_memcg=");
    task_cgroup_ = cgroup_name(task.substr(0, task.find(",task=")));
    return std::nullopt;
  }
  // Linux 4.x: "Task in /a/b killed as a result of limit of /a"
  if (const auto limiting = after(message, " killed as a result of limit of "); !limiting.empty()) {
    by_cgroup_ = true;
    limiting_cgroup_ = cgroup_name(limiting);
    const auto task = after(message, "Task in ");
    task_cgroup_ = cgroup_name(task.substr(0, task.find(" killed as")));
    return std::nullopt;
  }
  // Linux 4.x: "Out of memory: Kill process 7 (python3) score 900 or sacrifice child"
  if (message.contains("ut of memory: Kill process ")) {
    by_cgroup_ = message.contains(kCgroupWords);
    if (!by_cgroup_) task_cgroup_.clear();  // the machine's kill names none
  }
  return std::nullopt;
}

namespace {

// "priority,sequence,...;message": the priority holds the level in its low three bits and, above
// them, who wrote it: 0 is the kernel.
constexpr std::uint64_t kLevels = 8;

struct LogRecord {
  std::uint64_t priority = 0;
  std::string_view message{};
};

std::optional<LogRecord> parse_record(std::string_view record) {
  const auto comma = record.find(',');
  const auto semicolon = record.find(';');
  if (comma == std::string_view::npos || semicolon == std::string_view::npos || semicolon < comma)
    return std::nullopt;
  const auto priority = parse_count(record.substr(0, comma));
  if (!priority) return std::nullopt;
  auto rest = record.substr(semicolon + 1);
  // What follows the line are " KEY=value" lines.
  return LogRecord{.priority = *priority, .message = take_line(rest)};
}

}  // namespace

std::optional<std::string_view> kernel_message(std::string_view record) {
  const auto parsed = parse_record(record);
  if (!parsed || parsed->priority >= kLevels) return std::nullopt;
  return parsed->message;
}

std::optional<BootTime> logged_at(std::string_view record) {
  // "priority,sequence,microseconds,flags;message"
  auto header = record.substr(0, record.find(';'));
  for (int fields = 0; fields < 2; ++fields) {
    const auto comma = header.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    header.remove_prefix(comma + 1);
  }
  const auto count = parse_count(header.substr(0, header.find(',')));
  if (!count ||
      *count > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / 1000))
    return std::nullopt;
  return BootTime{static_cast<std::int64_t>(*count) * 1000};
}

std::optional<std::string_view> program_message(std::string_view record) {
  const auto parsed = parse_record(record);
  if (!parsed || parsed->priority < kLevels) return std::nullopt;
  return parsed->message;
}

}  // namespace tidemark
