// The monitor of one job, as a watcher starts it: a process in a session of its own, which goes on
// when the watcher dies, and harms no other job's when it does.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "clients/clients.h"
#include "core/result.h"

namespace tidemark {

struct JobMonitorOrder {
  ProcessIdentity process{};
  ClientJob job{};
  std::filesystem::path job_table{};
  std::filesystem::path database{};
};

/// Starts `tidemark attach` for it; its lines go to this process's stderr. A child to be reaped.
Result<pid_t> start_job_monitor(const JobMonitorOrder& order);

/// How it ended, once it did; never waits. 0: it did what it had to.
std::optional<int> reap_job_monitor(pid_t pid);

}  // namespace tidemark
