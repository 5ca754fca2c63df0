// The files of one memory cgroup and of the ancestor that limits it, kept open: they go on
// answering after the last process has left, until the cgroup is removed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "os/kept_file.h"
#include "sensing/linux/cgroup_place.h"
#include "sensing/linux/parsers/cgroup_files.h"
#include "sensing/sensing.h"

namespace tidemark {

class CgroupReader {
 public:
  /// A limit that is not below `machine_total` is no limit.
  CgroupReader(const HostRoot& host, CgroupPlace place, std::optional<Bytes> machine_total);

  /// Reads all limits again; they can be set while the run goes on.
  void look_at_limits();

  CgroupSample read();

  /// At the limit, when there is one: usage less the file cache that the last `read` found
  /// droppable, or, where that would say three quarters full, found anew.
  std::optional<QuickLook> quick_look();

  const CgroupPlace& place() const { return place_; }

  /// The path of the cgroup that has the limit, as /proc/PID/cgroup would name it. Empty: none has,
  /// or it is out of sight.
  std::string limiting_path() const;

 private:
  struct Level {
    std::string folder{};
    std::optional<KeptFile> limit{};
    std::optional<KeptFile> throttle{};  // v2 memory.high
  };
  /// Files of the cgroup that has the limit; of the leaf where none has.
  struct Focus {
    std::size_t level = 0;
    std::optional<KeptFile> usage{};
    std::optional<KeptFile> stat{};
    std::optional<KeptFile> peak{};
    std::optional<KeptFile> swap{};  // v2
    std::optional<KeptFile> hits{};
    std::optional<KeptFile> memsw_hits{};  // v1, where swap is counted
    std::optional<KeptFile> pressure{};    // v2
  };

  struct Lowest {
    std::optional<Bytes> limit{};
    std::size_t level = 0;  // the leaf where the limit is out of sight, or there is none
  };

  bool is_v1() const { return place_.version == CgroupVersion::v1; }
  Focus open_focus(std::size_t level) const;
  bool is_limit(std::optional<Bytes> limit) const;
  Lowest lowest_visible_limit();
  std::optional<Bytes> lowest_throttle();
  std::optional<std::uint64_t> read_limit_hits();

  HostRoot host_;
  CgroupPlace place_;
  std::optional<Bytes> machine_total_;
  std::vector<Level> levels_;  // leaf first
  std::optional<KeptFile> leaf_kills_;
  std::optional<KeptFile> leaf_stat_;  // v1: names the lowest limit of all, seen or not
  Focus focus_;
  std::optional<Bytes> limit_{};
  std::optional<Bytes> throttle_{};
  Bytes inactive_file_{};  // as it was last read
};

}  // namespace tidemark
