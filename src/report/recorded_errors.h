// Exceptions that the events of a run recorded. Private to report.
#pragma once

#include <optional>
#include <vector>

#include "analysis/analysis.h"
#include "report/report.h"

namespace tidemark {

/// Of an event of type `exception` or `oom_error` whose details are {"exception": ..., "message":
/// ...}.
std::optional<SeenError> recorded_error(const EventRecord& event);

/// Fills in what memory was at when each error came: rows come in time order.
class ErrorDating {
 public:
  explicit ErrorDating(std::vector<LogError>& errors) : errors_(errors) {}
  void add(const SampleRow& sample);

 private:
  std::vector<LogError>& errors_;
};

}  // namespace tidemark
