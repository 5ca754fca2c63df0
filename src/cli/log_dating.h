// Dates what a log says by what was kept while it was written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"
#include "logscan/logscan.h"

namespace tidemark {

/// Of one finding.
struct FindingTime {
  std::optional<double> unix_seconds{};
  std::optional<Bytes> memory{};  // the machine's, in the nearest sample that shows the trainer
};

/// One for each finding, of the latest run of `job`, whose whole output the log is: its own
/// timestamp, else the run's index of its output, else the time of the step it shows.
Result<std::vector<FindingTime>> date_findings(const LogSummary& summary, const std::string& job,
                                               const std::string& database);

/// Without a run: what the lines themselves say.
std::vector<FindingTime> times_in(const LogSummary& summary);

}  // namespace tidemark
