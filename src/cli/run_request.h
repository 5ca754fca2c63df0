// From the words of `run` and `attach` to what the monitor is asked to do.
#pragma once

#include <string>
#include <vector>

#include "cli/commands.h"
#include "core/result.h"
#include "monitor/monitor.h"

namespace tidemark {

struct PreparedRun {
  MonitorRequest request{};
  std::vector<std::string> warnings{};  // of the config's monitoring section
};

/// Finds config, settings, names and database. Errors: `invalid` when the call's words are off.
Result<PreparedRun> prepare_run(const RunOptions& options);

/// Fills what only the monitor's own process knows: host, boot, clocks, identities.
void fill_local_facts(RunInfo& info, const HostRoot& host, const Clock& clock);

}  // namespace tidemark
