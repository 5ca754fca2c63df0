#include "analysis/step_tracker.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tidemark {

void StepTracker::add(const StepRecord& step) {
  if (step.rank != 0 || step.step < 0 || step.step == std::numeric_limits<std::int64_t>::max() ||
      !std::isfinite(step.unix_seconds))
    return;
  const Mark mark{step.step, step.unix_seconds};
  const auto later = [&mark](const std::optional<Mark>& known) {
    return !known || mark.at > known->at || (mark.at == known->at && mark.step > known->step);
  };
  const auto earlier = [&mark](const std::optional<Mark>& known) {
    return !known || mark.at < known->at || (mark.at == known->at && mark.step < known->step);
  };
  if (earlier(first_)) first_ = mark;
  if (later(last_)) last_ = mark;
  auto& last_of_source = step.source == StepSource::bar ? last_of_bar_ : last_named_;
  if (later(last_of_source)) last_of_source = mark;
  auto& lowest_of_source = step.source == StepSource::bar ? lowest_of_bar_ : lowest_named_;
  lowest_of_source = std::min(lowest_of_source.value_or(step.step), step.step);
  if (step.source == StepSource::loss_log && later(last_of_log_)) last_of_log_ = mark;
  // Exact for steps that come by number; a rewound run that had gaps is counted low, never high.
  if (!highest_ || step.step > *highest_) ++distinct_count_;
  highest_ = std::max(highest_.value_or(step.step), step.step);
  take_total(step);
}

void StepTracker::take_total(const StepRecord& step) {
  if (!step.total_steps || *step.total_steps <= 0) return;
  if (total_steps_ && step.unix_seconds < total_steps_at_) return;
  total_steps_ = step.total_steps;
  total_steps_at_ = step.unix_seconds;
}

std::optional<std::int64_t> StepTracker::first_step() const {
  return first_ ? std::optional{first_->step} : std::nullopt;
}
std::optional<std::int64_t> StepTracker::last_step() const {
  return last_ ? std::optional{last_->step} : std::nullopt;
}
std::optional<double> StepTracker::first_at() const {
  return first_ ? std::optional{first_->at} : std::nullopt;
}
std::optional<double> StepTracker::last_at() const {
  return last_ ? std::optional{last_->at} : std::nullopt;
}

// Steps that are numbered from 0 are one more than the last one's number.
std::int64_t StepTracker::completed() const {
  const auto count = [](const std::optional<Mark>& last,
                        const std::optional<std::int64_t>& lowest) {
    return last ? last->step + (lowest == 0 ? 1 : 0) : std::int64_t{0};
  };
  // ai-toolkit numbers from 0, and its log has no row of the step that a run begins with
  // (jobs/process/BaseSDTrainProcess.py at 27a03a91).
  const auto logged = count(last_of_log_, std::int64_t{0});
  return std::max({count(last_of_bar_, lowest_of_bar_), count(last_named_, lowest_named_), logged});
}

}  // namespace tidemark
