// Removing what belongs to a run or a job, from every table, a bounded number of rows at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/result.h"
#include "store/connection.h"

namespace tidemark {

Result<void> remove_job_rows(Connection& db, std::string_view job_id);
Result<std::int64_t> remove_old_runs(Connection& db, double older_than_unix_seconds,
                                     std::int64_t keep_last);

}  // namespace tidemark
