// How far a run came, from its steps in any order: they may rewind, be thinned, or start anywhere.
#pragma once

#include <cstdint>
#include <optional>

#include "telemetry/step.h"

namespace tidemark {

class StepTracker {
 public:
  /// Steps of other ranks, with a negative number or without a finite time are passed over.
  void add(const StepRecord& step);

  std::int64_t distinct_count() const { return distinct_count_; }
  std::optional<std::int64_t> first_step() const;
  std::optional<std::int64_t> last_step() const;
  std::optional<double> first_at() const;
  std::optional<double> last_at() const;
  std::optional<std::int64_t> total_steps() const { return total_steps_; }
  /// A progress bar counts finished steps; a hook and the client's loss log name the step, most
  /// count from zero. So: the bar's position, or the named step, and one more where the numbers
  /// start at 0.
  std::int64_t completed() const;

 private:
  void take_total(const StepRecord& step);
  struct Mark {
    std::int64_t step = 0;
    double at = 0;
  };
  std::optional<Mark> first_{}, last_{};  // by time, not by number
  std::optional<Mark> last_of_bar_{}, last_named_{}, last_of_log_{};
  std::optional<std::int64_t> lowest_of_bar_{}, lowest_named_{}, highest_{};
  std::optional<std::int64_t> total_steps_{};
  double total_steps_at_ = 0;
  std::int64_t distinct_count_ = 0;
};

}  // namespace tidemark
