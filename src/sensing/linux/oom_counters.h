// Who was killed for want of memory, and at whose limit: the counters of the trainer's memory
// cgroup and of all its ancestors, as growth since this object was made. Read at the start and at
// the end of a run, never at a tick.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "os/kept_file.h"
#include "sensing/linux/cgroup_place.h"
#include "telemetry/oom_record.h"

namespace tidemark {

class OomCounters {
 public:
  OomCounters(const HostRoot& host, const CgroupPlace& place);

  OomLevels growth();

 private:
  struct Counts {
    std::optional<std::uint64_t> kills{};
    std::optional<std::uint64_t> limit_ooms{};
    std::optional<std::uint64_t> limit_hits{};
    std::optional<std::uint64_t> daemon_kills{};
  };
  struct Level {
    std::string cgroup{};
    UniqueFd folder{};  // for the mark of systemd-oomd
    std::optional<KeptFile> events{};
    std::optional<KeptFile> local_events{};  // v2 since Linux 5.2
    std::optional<KeptFile> hits{};
    std::optional<KeptFile> limit{};
    std::optional<KeptFile> watermark{};
    Counts at_start{};
  };

  Level open_level(const HostRoot& host, const std::string& folder) const;
  Counts read(Level& level) const;

  bool is_v1_;
  bool to_the_root_ = false;
  std::vector<Level> levels_{};
};

}  // namespace tidemark
