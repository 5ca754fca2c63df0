// The processes of one run: its root and all descendants. Once known, a process stays a member
// until it ends, whoever adopts it. Each is held by descriptors (its stat file, a pidfd), so that a
// reused pid is never taken for it.
#pragma once

#include <poll.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "os/host_root.h"
#include "os/kept_file.h"
#include "os/process_watch.h"
#include "sensing/family/family_roles.h"
#include "sensing/linux/parsers/process_stat.h"

namespace tidemark {

/// Changes when the process execs. The two addresses need the permission to trace; without it the
/// flag and the name have to do.
struct ExecMark {
  std::uint64_t start_code = 0;
  std::uint64_t start_stack = 0;
  bool forked_only = false;
  friend bool operator==(const ExecMark&, const ExecMark&) = default;
};

struct Member {
  ProcessWatch watch;
  KeptFile stat_file;
  std::optional<KeptFile> status_file{};  // opened when it is first wanted
  std::optional<KeptFile> statm_file{};   // the same
  ExecMark mark{};
  std::uint32_t execs = 0;  // seen since it became a member
  std::string comm{};       // as the kernel has it
  std::string name{};       // the same, fit to be stored
  std::uint64_t cpu_ticks = 0;
  std::uint64_t major_faults = 0;
};

class RunFamily {
 public:
  /// Finds the descendants that live already. `gone` when the root has ended.
  static Result<RunFamily> open(const HostRoot& host, ProcessIdentity root);

  /// Adds what was born since the last call; true when there was any. Costs a read of /proc/loadavg
  /// while the machine starts nothing at all; a few reads of /proc/PID/stat when it started little;
  /// else a walk over the children of all members.
  bool look_for_new();

  /// A poll of all pidfds: true when a member has ended since the last `read`.
  bool any_ended();

  /// Reads every member's stat file and lets go of those that ended (a zombie has).
  void read();

  /// Parallel, in the order in which they became members.
  std::span<const FamilyFact> facts() const { return facts_; }
  std::span<Member> members() { return members_; }
  std::span<const Member> members() const { return members_; }
  ProcessIdentity root() const { return root_; }

 private:
  RunFamily(const HostRoot& host, ProcessIdentity root);
  bool adopt(std::int32_t pid, std::optional<std::size_t> parent);
  bool adopt_if_born_here(std::int32_t pid);
  bool adopt_children_of_all();
  bool adopt_from_scan();
  bool read_member(std::size_t index);
  void take_exec(std::size_t index, const ProcessStat& stat);
  void let_go(std::size_t index);
  std::optional<std::size_t> find(std::int32_t pid) const;
  std::uint32_t executable_number(std::int32_t pid);

  struct Executable {
    std::string link{};
    std::uint64_t device = 0;
    std::uint64_t inode = 0;  // 0: only the link's text is known
  };

  HostRoot host_;
  ProcessIdentity root_;
  std::int64_t page_bytes_;
  std::optional<KeptFile> loadavg_;
  // A pid is given out a moment before its process can be seen, so each range of new pids is looked
  // at twice: once when it shows, once at the next call.
  std::int32_t settled_pid_ = 0;  // everything up to here was looked at twice
  std::int32_t seen_pid_ = 0;     // everything up to here was looked at once
  bool has_children_files_ = true;
  std::vector<Member> members_;
  std::vector<FamilyFact> facts_;
  std::vector<Executable> executables_;
  std::vector<std::int32_t> children_;  // kept for its capacity
  std::vector<pollfd> polls_;
};

}  // namespace tidemark
