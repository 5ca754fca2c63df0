// How the run went over its time, from rows. Private to analysis.
#pragma once

#include <optional>
#include <string_view>

#include "analysis/analysis.h"
#include "analysis/batch_tracker.h"
#include "analysis/phase_tracker.h"
#include "analysis/step_watch.h"
#include "analysis/trend.h"

namespace tidemark {

/// Events first, then steps, then samples: what comes in another order leaves phases and batch
/// sizes unknown, and no more.
class ShapeTracker {
 public:
  void add(const EventRecord& event);
  void add(const StepRecord& step);
  void add(const SampleRow& sample);
  RunShape finish(double peak_at);

 private:
  void take_parameters(const EventRecord& event);

  PhaseTracker phases_{};
  BatchTracker batches_{};
  StepWatch steps_{};
  Trend main_{}, workers_{}, device_{};
  ParameterCounts parameters_{};
  std::optional<double> last_event_at_{};
  bool phases_ended_ = false;
  std::optional<double> last_training_at_{};
  double utilization_sum_ = 0;
  std::int64_t utilization_count_ = 0;
};

/// The whole number at `key` of a JSON object as text: `"key": 123`. Absent: none, or no such
/// number. The events' details are the monitor's own JSON; nesting is not looked into.
std::optional<std::int64_t> whole_number_at(std::string_view json, std::string_view key);
/// The text at `key`, without escapes; empty: none.
std::string_view text_at(std::string_view json, std::string_view key);

}  // namespace tidemark
