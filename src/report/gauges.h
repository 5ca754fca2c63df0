// What is told of a run as OpenMetrics gauges (openmetrics.io): the live server's scrape and the
// export call them the same. Part of the face (report.h).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "telemetry/sample_row.h"
#include "telemetry/step.h"

namespace tidemark {

template <class Row>
struct Gauge {
  const char* name = nullptr;
  const char* help = nullptr;  // a sentence without its full stop
  std::optional<double> (*value)(const Row&) = nullptr;
};
std::span<const Gauge<SampleRow>> sample_gauges();
std::span<const Gauge<StepRecord>> step_gauges();

/// A label's value: backslash, quote and line end are escaped, other control characters left out.
std::string label_text(std::string_view text);

/// "1.5", "NaN", "+Inf", "-Inf": a value as OpenMetrics writes it.
std::string gauge_text(double value);

}  // namespace tidemark
