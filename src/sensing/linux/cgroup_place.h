// Where the memory cgroup of a process can be read from here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/host_root.h"
#include "sensing/linux/parsers/cgroup_membership.h"

namespace tidemark {

/// The folders of a cgroup and of its ancestors, as far up as they can be seen.
struct CgroupPlace {
  CgroupVersion version{};
  std::string path{};                  // as /proc/PID/cgroup has it
  std::vector<std::string> folders{};  // relative to the host's root; leaf first
  friend bool operator==(const CgroupPlace&, const CgroupPlace&) = default;
};

/// Two mounts can show it: our own mount namespace's and the process's (through /proc/PID/root).
/// The one that shows more ancestors is taken: a container's own view ends at the container.
/// Folders at the bottom that have no memory files (the controller is not enabled so far down) are
/// left out: the nearest ancestor that has them is the one that counts the process. Absent: nothing
/// to read.
std::optional<CgroupPlace> find_cgroup(const HostRoot& host, std::int32_t pid,
                                       std::string_view proc_pid_cgroup);

/// The names of a place's folders as /proc/PID/cgroup spells them, leaf first.
std::vector<std::string> cgroup_names(const CgroupPlace& place);

}  // namespace tidemark
