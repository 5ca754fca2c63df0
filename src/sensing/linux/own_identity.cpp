// What a process knows about itself and its machine without being told.
#include <ctime>

#include "core/utf8.h"
#include "sensing/linux/parsers/smaps_rollup.h"
#include "sensing/sensing.h"
#include "sensing/text/scan.h"

namespace tidemark {
namespace {

std::string read_first_line(const HostRoot& host, std::string_view path) {
  constexpr std::size_t kMostBytes = 255;
  const auto text = host.read(path, kMostBytes);
  if (!text) return {};
  std::string_view rest = *text;
  return to_valid_utf8(take_line(rest), kMostBytes);
}

/// The initial namespaces have fixed inodes (linux/proc_ns.h). An older kernel has no cgroup
/// namespaces, and then its names are everybody's.
bool is_namespace(const HostRoot& host, std::string_view file, std::string_view initial) {
  const auto link = host.read_link(file);
  return !link || *link == initial;
}

}  // namespace

LogNames read_log_names(const HostRoot& host) {
  return {.pids_are_ours = is_namespace(host, "proc/self/ns/pid", "pid:[4026531836]"),
          .cgroups_are_ours = is_namespace(host, "proc/self/ns/cgroup", "cgroup:[4026531835]")};
}

OwnCost read_own_cost(const HostRoot& host) {
  OwnCost cost;
  if (const auto text = host.read("proc/self/smaps_rollup"))
    if (const auto rollup = parse_smaps_rollup(*text)) cost.pss = rollup->pss;
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  constexpr double kNsPerSecond = 1e9;
  cost.cpu_seconds =
      static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / kNsPerSecond;
  return cost;
}

HostIdentity read_host_identity(const HostRoot& host) {
  return {.name = read_first_line(host, "proc/sys/kernel/hostname"),
          .boot_id = read_first_line(host, "proc/sys/kernel/random/boot_id")};
}

}  // namespace tidemark
