// A bounded number of samples that looks like all of them on a screen. Private to report.
#pragma once

#include <cstddef>
#include <vector>

#include "report/row_thinner.h"
#include "telemetry/sample_row.h"

namespace tidemark {

/// By the series that a reader of the timeline looks for a peak in. Samples without a time are left
/// out, and the rows of single processes.
class TimelineThinner {
 public:
  explicit TimelineThinner(std::size_t most_points);
  void add(const SampleRow& sample);
  std::vector<SampleRow> finish() &&;

 private:
  RowThinner<SampleRow> rows_;
};

}  // namespace tidemark
