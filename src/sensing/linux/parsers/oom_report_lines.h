// The account that mm/oom_kill.c (dump_header, dump_tasks) and mm/memcontrol.c print before a kill:
// what every process under the limit held at that moment, Linux 4.x to 6.x. It stands only where
// vm.oom_dump_tasks is 1, which is the kernel's default.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "telemetry/oom_record.h"

namespace tidemark {

class OomReportLines {
 public:
  /// `page_bytes`: the machine's, in which the table of tasks counts.
  explicit OomReportLines(std::int64_t page_bytes) : page_bytes_(page_bytes) {}

  /// One message of the kernel and when it was logged, without its time stamp.
  void take(std::string_view message, std::optional<BootTime> at);

  /// What has come since the last call; the line with the victim follows the account. Absent: no
  /// table of tasks has.
  std::optional<OomReport> finish();

 private:
  /// Which column of the table holds what; the kernel's own header tells, as it grew over time.
  struct Columns {
    std::size_t tgid = 0, rss = 0, anon = 0, shmem = 0, count = 0;
  };
  bool take_header(std::string_view message);
  void take_task(std::string_view message);
  void take_machine_use(std::string_view message);
  void take_cgroup_use(std::string_view message);

  std::int64_t page_bytes_;
  OomReport report_{};
  std::optional<Columns> columns_{};
  bool in_cgroup_stats_ = false;
};

}  // namespace tidemark
