// Does what is written into a folder outlive the container that it is in?
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/host_root.h"

namespace tidemark {

/// A line of /proc/PID/mountinfo (proc(5)).
struct Mount {
  std::string point{};
  std::string file_system{};
};
/// Lines that are none are passed over.
std::vector<Mount> parse_mountinfo(std::string_view text);

/// The mount that a path is on; the last of those with the longest matching mount point, which
/// covers the others. Null where there is none.
const Mount* mount_of(const std::vector<Mount>& mounts, const std::filesystem::path& path);

/// What to tell the user of a database that goes with its container, with the lines for a compose
/// file that keep it. Absent: it stays.
std::optional<std::string> vanishing_storage(const HostRoot& host,
                                             const std::filesystem::path& database,
                                             const std::filesystem::path& checkout);

}  // namespace tidemark
