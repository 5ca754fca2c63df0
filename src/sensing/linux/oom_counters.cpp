#include "sensing/linux/oom_counters.h"

#include <sys/xattr.h>

#include <array>

#include "sensing/linux/kept_text.h"
#include "sensing/linux/parsers/cgroup_files.h"
#include "sensing/text/scan.h"

namespace tidemark {
namespace {

using Count = std::optional<std::uint64_t>;

Count grown(Count from, Count to) {
  if (!from || !to || *to < *from) return std::nullopt;
  return *to - *from;
}

/// systemd-oomd adds the number of processes that it killed in a cgroup to this attribute of the
/// cgroup's folder (systemd, src/oom/oomd-util.c). Absent: it never killed there.
std::uint64_t daemon_kills_at(const UniqueFd& folder) {
  std::array<char, 32> text{};
  const auto size = ::fgetxattr(folder.get(), "user.oomd_kill", text.data(), text.size());
  if (size <= 0) return 0;
  return parse_count({text.data(), static_cast<std::size_t>(size)}).value_or(0);
}

/// Charges are taken in batches of some pages, so a full cgroup's watermark can end just below.
bool stands_at(std::optional<Bytes> watermark, std::optional<Bytes> limit) {
  constexpr double kAtLimit = 0.99;
  return watermark && limit && limit->count > 0 && ratio(*watermark, *limit) >= kAtLimit;
}

// Only the root of a v2 hierarchy lacks memory.current; only that of a v1 hierarchy has
// release_agent (Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/cgroups.rst).
bool is_root(const HostRoot& host, const std::string& folder, bool is_v1) {
  return is_v1 ? host.exists(folder + "/release_agent") : !host.exists(folder + "/memory.current");
}

}  // namespace

OomCounters::OomCounters(const HostRoot& host, const CgroupPlace& place)
    : is_v1_(place.version == CgroupVersion::v1) {
  to_the_root_ = is_root(host, place.folders.back(), is_v1_);
  const auto names = cgroup_names(place);
  for (std::size_t i = 0; i < place.folders.size(); ++i) {
    levels_.push_back(open_level(host, place.folders[i]));
    levels_.back().cgroup = names[i];
    levels_.back().at_start = read(levels_.back());
  }
}

OomCounters::Level OomCounters::open_level(const HostRoot& host, const std::string& folder) const {
  Level level;
  if (auto opened = host.open(folder)) level.folder = std::move(*opened);
  const auto file = [&](const char* v1, const char* v2) {
    return keep(host, folder + "/" + (is_v1_ ? v1 : v2));
  };
  level.events = file("memory.oom_control", "memory.events");
  level.limit = file("memory.limit_in_bytes", "memory.max");
  level.watermark = file("memory.max_usage_in_bytes", "memory.peak");
  if (is_v1_)
    level.hits = file("memory.failcnt", "");
  else
    level.local_events = file("", "memory.events.local");
  return level;
}

OomCounters::Counts OomCounters::read(Level& level) const {
  Counts counts;
  const auto events = text_of(level.events);
  counts.kills = parse_cgroup_count(events, "oom_kill");
  if (!is_v1_) counts.limit_ooms = parse_cgroup_count(events, "oom");
  if (level.local_events)
    counts.limit_ooms = parse_cgroup_count(text_of(level.local_events), "oom");
  counts.limit_hits = parse_cgroup_number(text_of(level.hits));
  if (level.folder) counts.daemon_kills = daemon_kills_at(level.folder);
  return counts;
}

OomLevels OomCounters::growth() {
  OomLevels grown_by{.to_the_root = to_the_root_};
  std::uint64_t below = 0;
  for (auto& level : levels_) {
    const auto now = read(level);
    OomLevel one{.cgroup = level.cgroup, .limit = parse_cgroup_bytes(text_of(level.limit))};
    one.kills = grown(level.at_start.kills, now.kills);
    one.limit_ooms = grown(level.at_start.limit_ooms, now.limit_ooms);
    one.limit_hits = grown(level.at_start.limit_hits, now.limit_hits);
    one.daemon_kills = grown(level.at_start.daemon_kills, now.daemon_kills);
    one.at_limit = stands_at(parse_cgroup_bytes(text_of(level.watermark)), one.limit);
    // Without memory.events.local an ancestor's count holds those of the limits below it.
    if (!is_v1_ && !level.local_events && one.limit_ooms) {
      const auto with_below = *one.limit_ooms;
      one.limit_ooms = with_below > below ? with_below - below : 0;
      below = with_below;
    }
    grown_by.levels.push_back(std::move(one));
  }
  return grown_by;
}

}  // namespace tidemark
