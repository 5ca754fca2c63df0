#include "analysis/shape_tracker.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/event_fields.h"
#include "analysis/run_level.h"

namespace tidemark {
namespace {

// Caches, allocators and workers fill in the first part of the training.
constexpr double kWarmUpShare = 0.2;

}  // namespace

void ShapeTracker::take_parameters(const EventRecord& event) {
  const auto plausible = [](std::optional<std::int64_t> count) {
    constexpr auto kMost = std::int64_t{1} << 48;
    return count && *count >= 0 && *count <= kMost ? count : std::nullopt;
  };
  if (const auto count = plausible(whole_number_at(event.details, "trainable")))
    parameters_.trainable = count;
  if (const auto count = plausible(whole_number_at(event.details, "frozen")))
    parameters_.frozen = count;
  if (const auto dtype = text_at(event.details, "dtype"); !dtype.empty() && dtype.size() < 32)
    parameters_.dtype = dtype;
}

void ShapeTracker::add(const EventRecord& event) {
  phases_.add(event);
  if (event.type == "parameters" && event.rank == 0) take_parameters(event);
  if (std::isfinite(event.unix_seconds)) last_event_at_ = event.unix_seconds;
}

void ShapeTracker::add(const StepRecord& step) {
  batches_.add(step);
  steps_.add(step);
}

void ShapeTracker::add(const SampleRow& sample) {
  if (!phases_ended_) {  // what never ended lasts as long as the run was seen
    phases_.end_at(std::numeric_limits<double>::max());
    phases_ended_ = true;
  }
  const double at = sample.unix_seconds;
  const bool apart = phases_.is_apart(at);
  phases_.add(sample);
  batches_.add(sample, apart);
  if (!batches_.in_training_at(at) || apart) return;
  last_training_at_ = at;
  const auto level = level_of(sample);
  if (level.main) main_.add(at, static_cast<double>(level.main->count));
  if (level.device) device_.add(at, static_cast<double>(level.device->count));
  const auto workers = sample.worker_uss ? sample.worker_uss : sample.worker;
  if (workers && sample.worker_count.value_or(0) > 0)
    workers_.add(at, static_cast<double>(workers->count));
  if (sample.gpu_utilization_ratio && std::isfinite(*sample.gpu_utilization_ratio)) {
    utilization_sum_ += *sample.gpu_utilization_ratio;
    ++utilization_count_;
  }
}

RunShape ShapeTracker::finish(double peak_at) {
  RunShape shape{.parameters = parameters_,
                 .phases = phases_.phases(),
                 .phase_at_peak = std::string{phases_.name_at(peak_at)},
                 .batches = batches_.levels(),
                 .before_training = batches_.before_training(),
                 .in_training = batches_.in_training(),
                 .steps = steps_.finish(),
                 .ranks = steps_.ranks()};
  if (const auto told = phases_.told_beginning("train");
      told && (!batches_.first_step_at() || told->at >= batches_.before_training_at()))
    shape.before_training.main = told->held;
  std::ranges::sort(shape.batches, {}, &BatchLevel::batch_size);
  std::ranges::sort(shape.ranks, {}, &RankSpeed::rank);
  if (const auto began = batches_.first_step_at(); began && last_training_at_) {
    const double from = *began + kWarmUpShare * (*last_training_at_ - *began);
    shape.main_growth = main_.growth_from(from);
    shape.worker_growth = workers_.growth_from(from);
    shape.device_growth = device_.growth_from(from);
  }
  if (utilization_count_ > 0)
    shape.mean_gpu_utilization = utilization_sum_ / static_cast<double>(utilization_count_);
  return shape;
}

}  // namespace tidemark
