// What mm/oom_kill.c and mm/memcontrol.c print about a kill, Linux 3.x to 6.x. The lines belong
// together (whose limit it was comes before who was killed), so the reader has a memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sensing/linux/parsers/oom_report_lines.h"
#include "sensing/sensing.h"

namespace tidemark {

class OomKillLines {
 public:
  explicit OomKillLines(std::int64_t page_bytes) : report_(page_bytes) {}

  /// One message of the kernel and when it was logged. A kill is given back with its last line.
  std::optional<OomKill> take(std::string_view message, std::optional<BootTime> at = {});

 private:
  OomReportLines report_;
  bool by_cgroup_ = false;
  std::string limiting_cgroup_{}, task_cgroup_{};
};

/// The message of a record of /dev/kmsg ("priority,sequence,time,flags[,...];message",
/// Documentation/ABI/testing/dev-kmsg). Absent for what user space wrote there (facility other than
/// 0): a log line that anyone may write proves nothing.
std::optional<std::string_view> kernel_message(std::string_view record);
/// When such a record was logged: the kernel's local clock, which stands still while the machine
/// sleeps and may be off the boot clock by a little (printk's timestamps, dev-kmsg).
std::optional<BootTime> logged_at(std::string_view record);
/// The message of such a record that a program wrote. Writing there takes root's right.
std::optional<std::string_view> program_message(std::string_view record);

}  // namespace tidemark
