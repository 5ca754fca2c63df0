// Which jobs there are, and which one a user means.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "store/connection.h"
#include "store/store.h"

namespace tidemark {

struct JobName {
  std::string id{};
  std::string name{};
};

/// Every job, those of other writers too; in no order that means something.
Result<std::vector<JobName>> load_job_names(Connection& db);

/// The job with the newest run first.
Result<std::vector<JobOverview>> load_jobs(Connection& db);

Result<std::string> find_job(Connection& db, std::string_view text);

}  // namespace tidemark
