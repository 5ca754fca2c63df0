// What the main process sees: its cgroup, its /dev/shm, its limits. Launchers move a process into
// its cgroup, remount and exec after the start, so all of it is looked at again.
#pragma once

#include <optional>
#include <string>

#include "os/host_root.h"
#include "os/kept_file.h"
#include "sensing/linux/cgroup_reader.h"
#include "sensing/linux/oom_counters.h"
#include "sensing/linux/parsers/process_limits.h"
#include "sensing/linux/parsers/process_status.h"
#include "sensing/linux/run_family.h"
#include "sensing/linux/shm_reader.h"

namespace tidemark {

class MainView {
 public:
  explicit MainView(const HostRoot& host) : host_(host) {}

  /// Looks at the present main process. The cgroup's name is compared at each call; everything is
  /// looked up anew when main is another process or exec'ed, and every 15 s (mounts and limits have
  /// no cheap sign of a change).
  void look(ProcessIdentity main, Member& member, BootTime now, std::optional<Bytes> machine_total);

  /// Cgroup and shm; the limits too while main lives (`status` is its status file's).
  void read(HostSample& sample, const std::optional<ProcessStatus>& status);

  std::optional<QuickLook> quick_look();
  std::string cgroup_path() const;
  /// The cgroup that has the limit: the main process's own or an ancestor. Empty: there is none, or
  /// it lies above what can be seen.
  std::string limiting_cgroup() const;
  OomLevels oom_levels();

 private:
  void look_up_cgroup(std::int32_t pid, std::optional<Bytes> machine_total);

  HostRoot host_;
  std::optional<ProcessIdentity> main_{};
  std::uint32_t execs_ = 0;
  BootTime looked_at_{};
  std::optional<KeptFile> membership_file_{};
  std::string membership_{};  // its text
  std::optional<CgroupReader> cgroup_{};
  std::optional<OomCounters> oom_counters_{};
  std::optional<ShmReader> shm_{};
  MemoryRlimits limits_{};
};

}  // namespace tidemark
