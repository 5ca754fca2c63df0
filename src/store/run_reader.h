// Runs and what belongs to one of them, back as telemetry values.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "store/connection.h"
#include "store/store.h"

namespace tidemark {

/// Run 1 first; empty for an unknown job.
Result<std::vector<StoredRun>> load_runs(Connection& db, std::string_view job_id);
Result<StoredRun> load_run(Connection& db, std::string_view job_id,
                           std::optional<std::int64_t> number);
/// Those without an end, the newest first; other writers' rows have one always.
Result<std::vector<StoredRun>> load_unended_runs(Connection& db);
Result<std::optional<StoredRun>> load_run_of_process(Connection& db, ProcessIdentity process,
                                                     std::string_view boot_id);
Result<std::optional<StoredReport>> load_report(Connection& db, const RunKey& run);

}  // namespace tidemark
