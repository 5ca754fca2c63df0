// The steps as a series: how long they took, how they waited, and what became of the loss. Private
// to analysis.
#pragma once

#include <cstddef>
#include <vector>

#include "analysis/run_shape.h"
#include "telemetry/step.h"

namespace tidemark {

class StepWatch {
 public:
  /// By number.
  void add(const StepRecord& step);
  StepHealth finish() const;
  std::vector<RankSpeed> ranks() const { return ranks_; }

 private:
  struct Stretch {
    std::int64_t first_step = 0;
    std::int64_t timed = 0, losses = 0;
    double seconds = 0, loss = 0;  // sums
  };
  void take_stretch(const StepRecord& step);
  void take_gradient(const StepRecord& step);
  void take_rank(const StepRecord& step);

  StepHealth health_{};
  std::vector<Stretch> stretches_{};
  std::size_t stretch_steps_ = 1, taken_ = 0;
  std::int64_t gradients_ = 0;
  double log_gradient_ = 0;  // moving mean of the logarithm
  std::vector<RankSpeed> ranks_{};
};

}  // namespace tidemark
