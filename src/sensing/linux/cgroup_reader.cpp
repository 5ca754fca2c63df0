#include "sensing/linux/cgroup_reader.h"

#include <algorithm>

#include "sensing/linux/kept_text.h"
#include "sensing/linux/parsers/pressure.h"
#include "sensing/text/scan.h"

namespace tidemark {

CgroupReader::CgroupReader(const HostRoot& host, CgroupPlace place,
                           std::optional<Bytes> machine_total)
    : host_(host), place_(std::move(place)), machine_total_(machine_total) {
  for (const auto& folder : place_.folders) {
    Level level{.folder = folder};
    level.limit = keep(host_, folder + (is_v1() ? "/memory.limit_in_bytes" : "/memory.max"));
    if (!is_v1()) level.throttle = keep(host_, folder + "/memory.high");
    levels_.push_back(std::move(level));
  }
  const auto& leaf = place_.folders.front();
  leaf_kills_ = keep(host_, leaf + (is_v1() ? "/memory.oom_control" : "/memory.events"));
  if (is_v1()) leaf_stat_ = keep(host_, leaf + "/memory.stat");
  focus_ = open_focus(0);
  look_at_limits();
}

CgroupReader::Focus CgroupReader::open_focus(std::size_t level) const {
  const auto file = [&](std::string_view name) {
    return keep(host_, levels_[level].folder + "/" + std::string{name});
  };
  Focus focus{.level = level};
  focus.stat = file("memory.stat");
  if (is_v1()) {
    focus.usage = file("memory.usage_in_bytes");
    focus.peak = file("memory.max_usage_in_bytes");
    focus.hits = file("memory.failcnt");
    // Where memory and swap together have the same limit (docker's --memory-swap), that one is met
    // first and counts the hits; recent kernels (6.18) count those nowhere.
    focus.memsw_hits = file("memory.memsw.failcnt");
    return focus;
  }
  focus.usage = file("memory.current");
  focus.peak = file("memory.peak");  // Linux 5.19
  focus.swap = file("memory.swap.current");
  // memory.events counts the descendants' limits too; events.local (Linux 5.2) only this one's.
  focus.hits = file("memory.events.local");
  if (!focus.hits) focus.hits = file("memory.events");
  focus.pressure = file("memory.pressure");
  return focus;
}

bool CgroupReader::is_limit(std::optional<Bytes> limit) const {
  return limit && (!machine_total_ || *limit < *machine_total_);
}

CgroupReader::Lowest CgroupReader::lowest_visible_limit() {
  Lowest lowest;
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    const auto limit = parse_cgroup_bytes(text_of(levels_[level].limit));
    // Of two equal limits the upper one is met first: more is charged to it.
    if (is_limit(limit) && limit <= lowest.limit.value_or(Bytes{kMostBytes}))
      lowest = {.limit = limit, .level = level};
  }
  return lowest;
}

std::optional<Bytes> CgroupReader::lowest_throttle() {
  std::optional<Bytes> lowest;
  for (auto& level : levels_) {
    const auto high = parse_cgroup_bytes(text_of(level.throttle));
    if (is_limit(high) && high < lowest.value_or(Bytes{kMostBytes})) lowest = high;
  }
  return lowest;
}

void CgroupReader::look_at_limits() {
  auto lowest = lowest_visible_limit();
  if (leaf_stat_) {
    // What v1 enforces: it knows ancestors that are out of sight here, and use_hierarchy=0, which
    // takes ancestors out of the account.
    const auto enforced = parse_cgroup_memory_stat(text_of(leaf_stat_)).hierarchical_limit;
    if (enforced != lowest.limit) lowest = {.limit = is_limit(enforced) ? enforced : std::nullopt};
  }
  limit_ = lowest.limit;
  throttle_ = lowest_throttle();
  if (lowest.level != focus_.level) focus_ = open_focus(lowest.level);
}

std::optional<std::uint64_t> CgroupReader::read_limit_hits() {
  const auto text = text_of(focus_.hits);
  if (!is_v1()) return parse_cgroup_count(text, "oom");
  const auto hits = parse_cgroup_number(text);
  if (!hits) return std::nullopt;
  return *hits + parse_cgroup_number(text_of(focus_.memsw_hits)).value_or(0);
}

std::string CgroupReader::limiting_path() const {
  return limit_ ? cgroup_names(place_)[focus_.level] : std::string{};
}

CgroupSample CgroupReader::read() {
  CgroupSample sample{.limit = limit_, .throttle_limit = throttle_};
  sample.usage = parse_cgroup_bytes(text_of(focus_.usage));
  const auto stat = parse_cgroup_memory_stat(text_of(focus_.stat));
  if (sample.usage && stat.inactive_file) {
    inactive_file_ = *stat.inactive_file;
    sample.working_set = std::max(*sample.usage - inactive_file_, Bytes{});
  }
  sample.peak_bound = parse_cgroup_bytes(text_of(focus_.peak));
  sample.swap = is_v1() ? stat.swap : parse_cgroup_bytes(text_of(focus_.swap));
  sample.oom_kill_total = parse_cgroup_count(text_of(leaf_kills_), "oom_kill");
  sample.limit_hits_total = read_limit_hits();
  sample.pressure = parse_pressure(text_of(focus_.pressure));
  return sample;
}

std::optional<QuickLook> CgroupReader::quick_look() {
  if (!limit_) return std::nullopt;
  const auto usage = parse_cgroup_bytes(text_of(focus_.usage));
  if (!usage) return std::nullopt;
  // memory.stat costs many times memory.current: it is read only when its answer matters.
  constexpr double kMatters = 0.75;
  if (ratio(*usage - inactive_file_, *limit_) > kMatters) {
    const auto stat = parse_cgroup_memory_stat(text_of(focus_.stat));
    inactive_file_ = stat.inactive_file.value_or(inactive_file_);
  }
  return QuickLook{.used = std::max(*usage - inactive_file_, Bytes{}), .limit = *limit_};
}

}  // namespace tidemark
