// What the run held in training, by batch size. Private to analysis.
#pragma once

#include <vector>

#include "analysis/analysis.h"

namespace tidemark {

/// Steps first, then samples in time order.
class BatchTracker {
 public:
  void add(const StepRecord& step);
  /// `apart`: in a phase that interrupts training.
  void add(const SampleRow& sample, bool apart);

  const RunLevel& before_training() const { return before_training_; }
  /// When that was; 0: never.
  double before_training_at() const { return before_training_at_; }
  const RunLevel& in_training() const { return in_training_; }
  std::vector<BatchLevel> levels() const { return levels_; }
  std::optional<double> first_step_at() const;
  bool in_training_at(double unix_seconds) const;

 private:
  struct Stretch {
    double to = 0;  // when its last step ended
    std::int64_t batch_size = 0;
  };
  BatchLevel* level_at(double from, double to);

  std::vector<Stretch> stretches_{};
  bool too_many_ = false;
  std::optional<double> first_step_at_{}, last_step_at_{};
  std::optional<SampleRow> last_{};
  bool last_apart_ = false;
  RunLevel before_training_{}, in_training_{};
  double before_training_at_ = 0;
  std::vector<BatchLevel> levels_{};
};

}  // namespace tidemark
