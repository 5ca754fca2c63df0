// /proc/PID/cgroup and /proc/PID/mountinfo: in which memory cgroup a process is, and where cgroups
// can be read (cgroups(7), proc(5)). The kernel shows both relative to the cgroup namespace of
// whoever reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

enum class CgroupVersion : std::uint8_t { v1, v2 };

struct CgroupMembership {
  CgroupVersion version{};
  std::string path{};  // "/user.slice/run-1.scope"
};

/// The cgroup whose memory controller counts the process: where a v1 hierarchy has the controller
/// it is that one (hybrid set-ups), else the single v2 hierarchy. Absent: neither is there.
std::optional<CgroupMembership> parse_cgroup_membership(std::string_view text);

/// A mounted hierarchy that has (v1) or may have (v2) the memory controller.
struct CgroupMount {
  CgroupVersion version{};
  std::string root{};         // the cgroup that is seen at the mount point
  std::string mount_point{};  // as the reading process's mount namespace has it
};
std::vector<CgroupMount> parse_cgroup_mounts(std::string_view mountinfo);

/// `path` below `root` ("/a/b" below "/a" is "/b", "/a" below "/a" is ""). Absent when it is not
/// below, or when either leaves the namespace ("/../other").
std::optional<std::string_view> path_below(std::string_view path, std::string_view root);

}  // namespace tidemark
