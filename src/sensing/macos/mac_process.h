// One process by libproc (<libproc.h>), which answers for the caller's own processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "sensing/text/command_line.h"
#include "telemetry/process_sample.h"

namespace tidemark {

struct MacProcess {
  ProcessIdentity id{};  // start in microseconds since 1970
  std::int32_t parent_pid = 0;
  bool forked_only = false;  // has not exec'ed since its fork
  std::string name{};
};

/// Absent once it has ended.
std::optional<MacProcess> read_mac_process(std::int32_t pid);

/// What a process holds. RSS misleads on a Mac: it lacks what is compressed or swapped out and
/// counts shared files. The footprint (ri_phys_footprint) is what the kernel itself charges the
/// process with, GPU allocations included, and what Activity Monitor shows.
struct MacUsage {
  Bytes resident{};
  Bytes footprint{};
  Bytes peak_footprint{};  // over its life; sees spikes between samples
  std::uint64_t cpu_ticks_total = 0;
};

/// Absent for another user's process and for one that has ended.
std::optional<MacUsage> read_mac_usage(std::int32_t pid);

/// The pids of its living children.
void append_mac_children(std::int32_t pid, std::vector<std::int32_t>& children);

/// Path of its program; empty where it is refused.
std::string read_mac_program(std::int32_t pid);

/// From its arguments (KERN_PROCARGS2), of which nothing is kept.
ProgramKind read_mac_program_kind(std::int32_t pid);

}  // namespace tidemark
