// What mm/oom_kill.c and mm/memcontrol.c print about a kill, Linux 3.x to 6.x. The lines belong
// together (whose limit it was comes before who was killed), so the reader has a memory.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sensing/sensing.h"

namespace tidemark {

class OomKillLines {
 public:
  /// One message of the kernel, without the time stamp. A kill is given back with its last line.
  std::optional<OomKill> take(std::string_view message);

 private:
  bool by_cgroup_ = false;
  std::string limiting_cgroup_{}, task_cgroup_{};
};

/// The message of a record of /dev/kmsg ("priority,sequence,time,flags[,...];message",
/// Documentation/ABI/testing/dev-kmsg). Absent for what user space wrote there (facility other than
/// 0): a log line that anyone may write proves nothing.
std::optional<std::string_view> kernel_message(std::string_view record);
/// The message of such a record that a program wrote. Writing there takes root's right.
std::optional<std::string_view> program_message(std::string_view record);

}  // namespace tidemark
