#include "sensing/linux/parsers/oom_report_lines.h"

#include <limits>
#include <utility>

#include "core/utf8.h"
#include "sensing/text/scan.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostTasks = 4096;    // the machine's kill lists them all
constexpr std::size_t kMostNameBytes = 64;  // a comm has 15
constexpr std::size_t kMostColumns = 16;
constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

/// "usage 61440kB" inside "memory: usage 61440kB, limit 61440kB, failcnt 12".
std::optional<Bytes> kib_after(std::string_view text, std::string_view mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const auto rest = text.substr(at + mark.size());
  const auto count = parse_count(rest.substr(0, rest.find("kB")));
  return count ? bytes_of(*count, kBytesPerKib) : std::nullopt;
}

}  // namespace

void OomReportLines::take(std::string_view message, std::optional<BootTime> at) {
  if (message.contains(" invoked oom-killer: ")) {
    report_ = {.at = at};
    columns_.reset();
    in_cgroup_stats_ = false;
    return;
  }
  if (columns_) return take_task(message);
  if (take_header(message)) return;
  if (message.starts_with("memory: usage ")) {
    report_.cgroup_usage = kib_after(message, "usage ");
    report_.cgroup_limit = kib_after(message, "limit ");
  } else if (message.starts_with("Memory cgroup stats for ")) {
    in_cgroup_stats_ = true;
  } else if (in_cgroup_stats_) {
    take_cgroup_use(message);
  } else {
    take_machine_use(message);
  }
}

// "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes ... name"
bool OomReportLines::take_header(std::string_view message) {
  if (!message.starts_with("[") || !message.contains("tgid") || !message.contains(" rss"))
    return false;
  const auto close = message.find(']');
  if (close == std::string_view::npos) return false;
  auto rest = message.substr(close + 1);
  Columns columns{.tgid = kNone, .rss = kNone, .anon = kNone, .shmem = kNone};
  for (auto word = take_word(rest); !word.empty() && columns.count < kMostColumns;
       word = take_word(rest)) {
    if (word == "tgid") columns.tgid = columns.count;
    if (word == "rss") columns.rss = columns.count;
    if (word == "rss_anon") columns.anon = columns.count;
    if (word == "rss_shmem") columns.shmem = columns.count;
    ++columns.count;
  }
  if (columns.tgid == kNone || columns.rss == kNone) return false;
  columns_ = columns;
  return true;
}

// "[  11302]     0 11302    22064    12604    10966     1638         0   155648 ... python3"
void OomReportLines::take_task(std::string_view message) {
  const auto close = message.find(']');
  // Another processor's message may stand between.
  if (!message.starts_with("[") || close == std::string_view::npos) return;
  if (report_.tasks.size() == kMostTasks) return;
  auto rest = message.substr(close + 1);
  std::array<std::optional<std::uint64_t>, kMostColumns> numbers{};
  for (std::size_t i = 0; i + 1 < columns_->count; ++i)
    numbers.at(i) = parse_count(take_word(rest));
  const auto pages = [&](std::size_t column) -> std::optional<Bytes> {
    if (column == kNone || !numbers.at(column)) return std::nullopt;
    return bytes_of(*numbers.at(column), page_bytes_);
  };
  const auto pid = numbers.at(columns_->tgid);
  const auto rss = pages(columns_->rss);
  if (!pid || *pid > std::numeric_limits<std::int32_t>::max() || !rss) return;
  // The name is what is left of the line: it may hold spaces.
  while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
  report_.tasks.push_back({.pid = static_cast<std::int32_t>(*pid),
                           .name = to_valid_utf8(rest, kMostNameBytes),
                           .rss = *rss,
                           .anon = pages(columns_->anon),
                           .shmem = pages(columns_->shmem)});
}

// Of the cgroup with the limit and all below it: v2's lines are so ("anon 123"), of v1 those that
// begin with total_.
void OomReportLines::take_cgroup_use(std::string_view message) {
  auto rest = message;
  const auto key = take_word(rest);
  const auto count = parse_count(take_word(rest));
  if (!count) return;
  if (key == "anon" || key == "total_rss") report_.cgroup_anon = bytes_of(*count);
  if (key == "shmem" && !report_.cgroup_shmem) report_.cgroup_shmem = bytes_of(*count);
  if (key == "total_shmem") report_.cgroup_shmem = bytes_of(*count);
}

// "active_anon:... free:25145 free_pcp:..." of show_mem(), in pages.
void OomReportLines::take_machine_use(std::string_view message) {
  for (auto word = take_word(message); !word.empty(); word = take_word(message)) {
    if (!word.starts_with("free:")) continue;
    if (const auto pages = parse_count(word.substr(5)))
      report_.machine_free = bytes_of(*pages, page_bytes_);
  }
}

std::optional<OomReport> OomReportLines::finish() {
  columns_.reset();
  in_cgroup_stats_ = false;
  auto report = std::exchange(report_, {});
  return report.tasks.empty() ? std::nullopt : std::optional{std::move(report)};
}

}  // namespace tidemark
