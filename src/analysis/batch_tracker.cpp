#include "analysis/batch_tracker.h"

#include <algorithm>
#include <cmath>

#include "analysis/run_level.h"

namespace tidemark {
namespace {

// Batch sizes that change more often than this (a mix of datasets, step by step) cannot be laid to
// samples that are seconds apart.
constexpr std::size_t kMostStretches = 4096;
constexpr std::size_t kMostLevels = 32;

}  // namespace

void BatchTracker::add(const StepRecord& step) {
  if (step.rank != 0 || !std::isfinite(step.unix_seconds)) return;
  const double began = step.unix_seconds - std::max(step.step_time_seconds.value_or(0), 0.0);
  if (!first_step_at_ || began < *first_step_at_) first_step_at_ = began;
  last_step_at_ = std::max(last_step_at_.value_or(step.unix_seconds), step.unix_seconds);
  if (!step.batch_size || *step.batch_size <= 0 || too_many_) return;
  if (!stretches_.empty() && stretches_.back().batch_size == *step.batch_size &&
      step.unix_seconds >= stretches_.back().to) {
    stretches_.back().to = step.unix_seconds;
    return;
  }
  // A run that was rewound comes by number, not by time: the times then overlap.
  if (stretches_.size() == kMostStretches ||
      (!stretches_.empty() && step.unix_seconds < stretches_.back().to)) {
    too_many_ = true;
    stretches_.clear();
    return;
  }
  stretches_.push_back({step.unix_seconds, *step.batch_size});
}

BatchLevel* BatchTracker::level_at(double from, double to) {
  const auto stretch = std::ranges::lower_bound(stretches_, to, {}, &Stretch::to);
  if (stretch == stretches_.end()) return nullptr;
  // Both ends in the same stretch: no other batch size was in between.
  if (stretch != stretches_.begin() && std::prev(stretch)->to > from) return nullptr;
  const auto known = std::ranges::find(levels_, stretch->batch_size, &BatchLevel::batch_size);
  if (known != levels_.end()) return &*known;
  if (levels_.size() == kMostLevels) return nullptr;
  levels_.push_back({.batch_size = stretch->batch_size});
  return &levels_.back();
}

bool BatchTracker::in_training_at(double unix_seconds) const {
  return first_step_at_ && unix_seconds >= *first_step_at_ && unix_seconds <= *last_step_at_;
}

std::optional<double> BatchTracker::first_step_at() const {
  return first_step_at_;
}

void BatchTracker::add(const SampleRow& sample, bool apart) {
  const double at = sample.unix_seconds;
  if (!first_step_at_ || (at < *first_step_at_ && !apart)) {
    before_training_ = level_of(sample);
    before_training_at_ = at;
  }
  if (!first_step_at_) return;
  if (in_training_at(at) && !apart) {
    auto level = level_of(sample);
    const bool whole = last_ && !last_apart_ && in_training_at(last_->unix_seconds);
    if (whole)
      if (const auto exact = exact_level_between(*last_, sample)) level.main = exact;
    take_higher(in_training_, level);
    if (auto* batch = level_at(whole ? last_->unix_seconds : at, at)) {
      ++batch->sample_count;
      take_higher(batch->highest, level);
    }
  }
  last_ = sample;
  last_apart_ = apart;
}

}  // namespace tidemark
