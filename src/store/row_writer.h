// The rows of a run: one write group, one transaction.
#pragma once

#include "core/drops.h"
#include "core/result.h"
#include "store/connection.h"
#include "store/store.h"

namespace tidemark {

Result<void> write_rows(Connection& db, const RunKey& run, const WriteGroup& group,
                        const DropCounters& drops);

/// The run's totals; inside the caller's transaction.
Result<void> write_drops(Connection& db, std::int64_t run_id, const DropCounters& drops);

}  // namespace tidemark
