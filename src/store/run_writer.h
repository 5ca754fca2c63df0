// A run's own row: its beginning, its end, its report.
#pragma once

#include "core/drops.h"
#include "core/result.h"
#include "store/connection.h"
#include "store/store.h"

namespace tidemark {

Result<RunKey> write_run_begin(Connection& db, const RunInfo& info);
Result<void> write_run_resumed(Connection& db, const RunKey& run, ProcessIdentity monitor);
Result<void> write_run_end(Connection& db, const RunKey& run, const RunEnd& end,
                           const DropCounters& drops);
Result<void> write_report(Connection& db, const RunKey& run, const StoredReport& report);

}  // namespace tidemark
