#include "sensing/linux/cgroup_place.h"

namespace tidemark {
namespace {

std::string_view without_leading_slash(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  return path;
}

// "<mount>/a/b", "<mount>/a", "<mount>"
std::vector<std::string> folders_upwards(const std::string& mount, std::string_view below) {
  std::vector<std::string> folders;
  while (true) {
    folders.push_back(mount + std::string{below});
    if (below.empty()) return folders;
    below = below.substr(0, below.rfind('/'));
  }
}

std::vector<std::string> folders_at(const HostRoot& host, const CgroupMembership& membership,
                                    std::string_view mountinfo, const std::string& namespace_root) {
  std::vector<std::string> most;
  for (const auto& mount : parse_cgroup_mounts(mountinfo)) {
    if (mount.version != membership.version) continue;
    const auto below = path_below(membership.path, mount.root);
    if (!below) continue;
    auto folders = folders_upwards(
        namespace_root + std::string{without_leading_slash(mount.mount_point)}, *below);
    if (folders.size() > most.size() && host.exists(folders.front())) most = std::move(folders);
  }
  return most;
}

bool counts_memory(const HostRoot& host, const std::string& folder, CgroupVersion version) {
  return host.exists(folder +
                     (version == CgroupVersion::v1 ? "/memory.usage_in_bytes" : "/memory.current"));
}

}  // namespace

std::optional<CgroupPlace> find_cgroup(const HostRoot& host, std::int32_t pid,
                                       std::string_view proc_pid_cgroup) {
  auto membership = parse_cgroup_membership(proc_pid_cgroup);
  if (!membership) return std::nullopt;
  const auto process = "proc/" + std::to_string(pid);
  const auto own = host.read("proc/self/mountinfo");
  const auto theirs = host.read(process + "/mountinfo");
  auto folders = folders_at(host, *membership, own.value_or(""), "");
  auto their_folders = folders_at(host, *membership, theirs.value_or(""), process + "/root/");
  if (their_folders.size() > folders.size()) folders = std::move(their_folders);
  while (!folders.empty() && !counts_memory(host, folders.front(), membership->version))
    folders.erase(folders.begin());
  if (folders.empty()) return std::nullopt;
  return CgroupPlace{.version = membership->version,
                     .path = std::move(membership->path),
                     .folders = std::move(folders)};
}

std::vector<std::string> cgroup_names(const CgroupPlace& place) {
  const auto& mount = place.folders.back();
  const auto below = place.folders.front().substr(mount.size());
  std::string name = place.path;
  // Folders without memory files are left out at the bottom, and the mount may begin below the
  // root.
  while (name.size() > 1 && !name.ends_with(below)) name.resize(name.rfind('/'));
  std::vector<std::string> names;
  for (std::size_t i = 0; i < place.folders.size(); ++i) {
    names.push_back(name.empty() ? "/" : name);
    if (!name.empty()) name.resize(name.rfind('/'));
  }
  return names;
}

}  // namespace tidemark
