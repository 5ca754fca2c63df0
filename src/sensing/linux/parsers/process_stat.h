// /proc/PID/stat (proc(5)): the cheapest file that has parent, flags, CPU time and resident size.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark {

struct ProcessStat {
  std::string_view comm{};  // into the parsed text; the process chooses it, ')' and all
  char state = 0;
  std::int32_t parent_pid = 0;
  std::uint64_t flags = 0;         // PF_* of include/linux/sched.h
  std::uint64_t major_faults = 0;  // its own, not its children's
  std::uint64_t cpu_ticks = 0;     // utime + stime
  std::uint64_t start_ticks = 0;
  std::uint64_t rss_pages = 0;
  std::uint64_t start_code = 0;  // these two change at an exec; zeros or ones without permission
  std::uint64_t start_stack = 0;
  bool is_thread = false;  // /proc/TID/stat of a thread that leads no group (exit_signal -1)

  /// Also when it is about to: it has begun to exit (PF_EXITING) and its memory is gone already. In
  /// that moment the kernel shows it in the root cgroup (v1), which is no cgroup it ever ran in.
  bool ended() const {
    const bool let_go = (flags & 0x4U) != 0 && rss_pages == 0;
    return state == 'Z' || state == 'X' || state == 'x' || let_go;
  }

  /// PF_FORKNOEXEC: forked and not exec'ed since. Part of the file's promise since Linux 2.6 in
  /// fact, though not in name; the bit has never moved.
  bool forked_only() const { return (flags & 0x40U) != 0; }
};

std::optional<ProcessStat> parse_process_stat(std::string_view text);

}  // namespace tidemark
