// Rows without run_id: another program wrote them, which knows jobs and no runs. They are read as
// run 1 of their job, also where nothing else of the job is here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "store/connection.h"

namespace tidemark {

/// When such rows of a job begin and end, Unix seconds.
struct OtherRows {
  double first_seconds = 0;
  double last_seconds = 0;
};

/// Absent: the job has no such rows.
Result<std::optional<OtherRows>> other_rows(Connection& db, std::string_view job_id);

/// The ids of all jobs that have such rows.
Result<std::vector<std::string>> jobs_with_other_rows(Connection& db);

}  // namespace tidemark
