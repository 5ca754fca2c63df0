// How the run went over its time, from rows. Private to analysis.
#pragma once

#include <optional>

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

}  // namespace tidemark
