// Where stored rows, analysis and presentation meet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.h"
#include "store/store.h"

namespace tidemark {

/// One point of metrics_timeline: a row of MetricsSample, thinned without losing a peak.
struct Report {
  Analysis analysis{};
  RunKey run{};
  std::vector<StoredEvent> events{};
  std::vector<SampleRow> timeline{};
};

struct ReportOptions {
  std::size_t timeline_points = 1000;  // about; minima and maxima of each bucket are kept
};

/// Loads the run, analyses it, thins its timeline. A run whose trainer and monitor are both gone and
/// that has no end is told as `unknown`, with the reason.
Result<Report> build_report(Store& store, const StoredRun& run, const ReportOptions& options = {});

/// The answer of contract/analysis.schema.json.
std::string report_json(const Report& report);

/// As the AnalysisReport table holds it.
StoredReport to_stored(const Report& report, double created_at);

struct TextStyle {
  bool color = false;
  int width = 80;
  bool short_form = false;  // what `tidemark run` prints at its end
};
std::string report_text(const Report& report, const TextStyle& style);

// format_bytes() and format_duration() come with analysis/analysis.h.

}  // namespace tidemark
