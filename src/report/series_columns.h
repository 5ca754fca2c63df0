// Rows as the columns of a chart. Private to report.
#pragma once

#include <string>
#include <vector>

#include "report/row_thinner.h"
#include "telemetry/sample_row.h"
#include "telemetry/step.h"

namespace tidemark {

/// By the series that a reader of the step chart looks for an outlier in.
class StepThinner {
 public:
  explicit StepThinner(std::size_t most_points);
  void add(const StepRecord& step) { rows_.add(step); }
  std::vector<StepRecord> finish() && { return std::move(rows_).finish(); }

 private:
  RowThinner<StepRecord> rows_;
};

/// {"columns": {...}}: a column that no row has a value of is left out.
std::string columns_json(const std::vector<SampleRow>& samples);
std::string columns_json(const std::vector<StepRecord>& steps);

}  // namespace tidemark
