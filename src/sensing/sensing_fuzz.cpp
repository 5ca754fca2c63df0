// Every parser of kernel text. The first byte says which; the rest is its text.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "sensing/linux/parsers/cgroup_files.h"
#include "sensing/linux/parsers/cgroup_membership.h"
#include "sensing/linux/parsers/loadavg.h"
#include "sensing/linux/parsers/meminfo.h"
#include "sensing/linux/parsers/oom_kill_lines.h"
#include "sensing/linux/parsers/pressure.h"
#include "sensing/linux/parsers/process_limits.h"
#include "sensing/linux/parsers/process_stat.h"
#include "sensing/linux/parsers/process_statm.h"
#include "sensing/linux/parsers/process_status.h"
#include "sensing/linux/parsers/smaps_rollup.h"
#include "sensing/linux/parsers/stat_cpu.h"
#include "sensing/linux/parsers/vmstat.h"
#include "sensing/text/command_line.h"
#include "sensing/text/scan.h"

namespace tidemark {
namespace {

void parse_counters(std::string_view text) {
  HostCounters counters;
  parse_vmstat(text, counters);
}

void parse_cgroup_numbers(std::string_view text) {
  std::ignore = parse_cgroup_bytes(text);
  std::ignore = parse_cgroup_count(text, "oom_kill");
  std::ignore = parse_cgroup_memory_stat(text);
}

void parse_cgroup_paths(std::string_view text) {
  const auto membership = parse_cgroup_membership(text);
  for (const auto& mount : parse_cgroup_mounts(text))
    if (membership) std::ignore = path_below(membership->path, mount.root);
}

void parse_kernel_log(std::string_view text) {
  OomKillLines lines{4096};
  while (!text.empty()) {
    const auto line = take_line(text);
    std::ignore = lines.take(line);
    if (const auto message = kernel_message(line)) std::ignore = lines.take(*message);
  }
}

constexpr std::array<void (*)(std::string_view), 14> kParsers{
    [](std::string_view text) { std::ignore = parse_meminfo(text); },
    parse_counters,
    [](std::string_view text) { std::ignore = parse_stat_cpu(text); },
    [](std::string_view text) { std::ignore = parse_pressure(text); },
    [](std::string_view text) { std::ignore = parse_process_stat(text); },
    [](std::string_view text) { std::ignore = parse_process_status(text); },
    [](std::string_view text) { std::ignore = parse_process_statm(text, 4096); },
    [](std::string_view text) { std::ignore = parse_smaps_rollup(text); },
    [](std::string_view text) { std::ignore = parse_process_limits(text); },
    [](std::string_view text) { std::ignore = parse_newest_pid(text); },
    [](std::string_view text) { std::ignore = parse_command_line(text); },
    parse_cgroup_paths,
    parse_cgroup_numbers,
    parse_kernel_log,
};

}  // namespace
}  // namespace tidemark

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  tidemark::kParsers[data[0] % tidemark::kParsers.size()](text);
  return 0;
}
