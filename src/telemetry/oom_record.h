// What the machine's own counters and logs say of kills for want of memory during one run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/time.h"

namespace tidemark {

/// What one memory cgroup on the trainer's path counted while the run was watched. Absent: the
/// kernel has no such counter, or the cgroup was removed before it could be read again.
struct OomLevel {
  std::string cgroup{};  // "/a/b", as seen from here
  std::optional<Bytes> limit{};
  /// Processes killed: of v1 members of this cgroup alone, of v2 of its whole subtree.
  std::optional<std::uint64_t> kills{};
  /// v2: times that this cgroup's own limit could not be kept by reclaim.
  std::optional<std::uint64_t> limit_ooms{};
  /// v1 failcnt: times that the limit was met, also those that reclaim could then satisfy.
  std::optional<std::uint64_t> limit_hits{};
  bool at_limit = false;  // its watermark stands at its limit
  /// systemd-oomd's own mark on the cgroup: processes that it killed there.
  std::optional<std::uint64_t> daemon_kills{};
};

struct OomLevels {
  std::vector<OomLevel> levels{};  // the trainer's cgroup first, then its ancestors
  bool to_the_root = false;        // no ancestor is out of sight
};

/// A process in the account that the kernel gives of a kill.
struct OomTask {
  std::int32_t pid = 0;
  std::string name{};                    // comm: the process's own choice
  Bytes rss{};                           // pages that are shared after a fork count in each
  std::optional<Bytes> anon{}, shmem{};  // absent: Linux before 6.8 gives their sum with files
};

/// Who held what when memory ran out, by the kernel's own account in its log.
struct OomReport {
  std::optional<BootTime> at{};
  // Of the cgroup whose limit it was and all below it; absent: the whole machine was out of memory.
  std::optional<Bytes> cgroup_usage{}, cgroup_limit{};
  std::optional<Bytes> cgroup_anon{}, cgroup_shmem{};  // each page once
  std::optional<Bytes> machine_free{};
  std::vector<OomTask> tasks{};  // that might have been killed: of that cgroup, or of the machine
};

/// A kill by a program that watches memory itself (systemd-oomd, earlyoom), as its log tells it.
struct OomDaemonKill {
  std::string daemon{};
  std::int32_t pid = 0;  // 0: a whole cgroup
  std::string name{};    // the victim's, where it is told
  std::string cgroup{};  // empty: a single process
  std::int32_t signal = 0;
};

/// Whether names in the machine's logs are ours: they are of the initial namespaces.
struct LogNames {
  bool pids_are_ours = true;
  bool cgroups_are_ours = true;
};

}  // namespace tidemark
