// What the run's output said went wrong, and when its bytes came.
#pragma once

#include <vector>

#include "core/result.h"
#include "store/connection.h"
#include "store/store.h"

namespace tidemark {

/// Inside the caller's transaction, as is the next one.
Result<void> write_log_mark(Connection& db, const RunKey& run, const LogMark& mark);
/// Replaces what this reader had found: its findings change (a count, what the run survived).
Result<void> write_log_errors(Connection& db, const RunKey& run, const LogErrors& found);

Result<std::vector<LogErrorRecord>> load_log_errors(Connection& db, const RunKey& run);
Result<std::vector<LogMark>> load_log_marks(Connection& db, const RunKey& run);

}  // namespace tidemark
