#include "analysis/step_watch.h"

#include <algorithm>
#include <cmath>

namespace tidemark {
namespace {

constexpr std::size_t kMostStretches = 128;
constexpr std::size_t kMostRanks = 1024;
// A step time that was multiplied by less is noise of sizes and caches.
constexpr double kSlowdownFactor = 1.5;
constexpr std::size_t kFewestStretchesAside = 4;
// The loss of diffusion training is noisy by the time step drawn: twice the best stretch, to the
// end.
constexpr double kDivergenceFactor = 2.0;
// A gradient norm so many times the usual one.
constexpr double kSpikeFactor = 10.0;
constexpr std::int64_t kGradientWarmUp = 20;
constexpr double kGradientMemory = 0.98;

template <class Value>
double median_of(std::vector<Value> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

struct Mean {
  std::int64_t step = 0;
  double value = 0;
};

/// The split that tells quick stretches from slow ones best, where the later ones are slow for
/// good.
std::optional<StepHealth::Slowdown> slowdown_of(const std::vector<Mean>& times) {
  std::optional<StepHealth::Slowdown> found;
  std::ptrdiff_t fewest = 0;
  std::vector<double> values(times.size());
  std::ranges::transform(times, values.begin(), &Mean::value);
  for (std::size_t i = kFewestStretchesAside; i + kFewestStretchesAside <= values.size(); ++i) {
    const auto split = values.begin() + static_cast<std::ptrdiff_t>(i);
    const double before = median_of(std::vector(values.begin(), split));
    const double after = median_of(std::vector(split, values.end()));
    const double factor = before > 0 ? after / before : 0;
    const double between = before * (1 + (kSlowdownFactor - 1) / 2);
    const auto slow_before =
        std::count_if(values.begin(), split, [&](double value) { return value >= between; });
    const auto quick_after =
        std::count_if(split, values.end(), [&](double value) { return value < between; });
    if (factor < kSlowdownFactor || 5 * quick_after > values.end() - split) continue;
    if (found && slow_before + quick_after >= fewest) continue;
    fewest = slow_before + quick_after;
    found = StepHealth::Slowdown{times[i].step, factor, before, after};
  }
  return found;
}

std::optional<StepHealth::Divergence> divergence_of(const std::vector<Mean>& losses) {
  const std::size_t window = losses.size() / 8;
  if (window < 2) return std::nullopt;
  const auto mean_at = [&](std::size_t from) {
    std::vector<double> values;
    for (std::size_t i = from; i < from + window; ++i) values.push_back(losses[i].value);
    return median_of(std::move(values));
  };
  std::size_t best = 0;
  for (std::size_t i = 0; i + 2 * window <= losses.size(); ++i)
    if (mean_at(i) < mean_at(best)) best = i;
  const double lowest = mean_at(best);
  // The last two windows: a single bad stretch is no divergence.
  const double last =
      std::min(mean_at(losses.size() - window), mean_at(losses.size() - 2 * window));
  if (!(lowest > 0) || last < kDivergenceFactor * lowest) return std::nullopt;
  return StepHealth::Divergence{losses[best].step, lowest, last};
}

}  // namespace

void StepWatch::take_stretch(const StepRecord& step) {
  if (stretches_.empty() || taken_ == stretch_steps_) {
    if (stretches_.size() == kMostStretches) {
      std::size_t kept = 0;
      for (std::size_t i = 0; i + 1 < stretches_.size(); i += 2) {
        auto both = stretches_[i];
        both.timed += stretches_[i + 1].timed;
        both.losses += stretches_[i + 1].losses;
        both.seconds += stretches_[i + 1].seconds;
        both.loss += stretches_[i + 1].loss;
        stretches_[kept++] = both;
      }
      stretches_.resize(kept);
      stretch_steps_ *= 2;
    }
    stretches_.push_back({.first_step = step.step});
    taken_ = 0;
  }
  ++taken_;
  auto& stretch = stretches_.back();
  if (step.step_time_seconds && *step.step_time_seconds >= 0) {
    ++stretch.timed;
    stretch.seconds += *step.step_time_seconds;
  }
  if (step.loss && std::isfinite(*step.loss)) {
    ++stretch.losses;
    stretch.loss += *step.loss;
  }
}

void StepWatch::take_gradient(const StepRecord& step) {
  if (!step.gradient_norm || !std::isfinite(*step.gradient_norm) || *step.gradient_norm <= 0)
    return;
  const double logarithm = std::log(*step.gradient_norm);
  const double factor = std::exp(logarithm - log_gradient_);
  if (++gradients_ > kGradientWarmUp && factor >= kSpikeFactor) {
    ++health_.gradient_spikes;
    if (!health_.first_spike_step) health_.first_spike_step = step.step;
    if (factor > health_.largest_spike_factor) {
      health_.largest_spike_factor = factor;
      health_.largest_spike_step = step.step;
    }
    return;  // an outlier does not become the usual
  }
  const double memory = std::min(
      kGradientMemory, 1.0 - 1.0 / static_cast<double>(std::max<std::int64_t>(gradients_, 1)));
  log_gradient_ = memory * log_gradient_ + (1 - memory) * logarithm;
}

void StepWatch::take_rank(const StepRecord& step) {
  if (!step.step_time_seconds || !std::isfinite(*step.step_time_seconds)) return;
  auto rank = std::ranges::find(ranks_, step.rank, &RankSpeed::rank);
  if (rank == ranks_.end()) {
    if (ranks_.size() == kMostRanks) return;
    ranks_.push_back({.rank = step.rank});
    rank = std::prev(ranks_.end());
  }
  ++rank->steps;
  rank->mean_seconds +=
      (*step.step_time_seconds - rank->mean_seconds) / static_cast<double>(rank->steps);
}

void StepWatch::add(const StepRecord& step) {
  take_rank(step);
  if (step.rank != 0 || step.step < 0) return;
  if (step.loss && !std::isfinite(*step.loss)) {
    ++health_.nan_steps;
    if (!health_.first_nan_step) health_.first_nan_step = step.step;
  }
  const bool timed = step.step_time_seconds && std::isfinite(*step.step_time_seconds);
  if (timed) {
    ++health_.timed_steps;
    health_.step_seconds += *step.step_time_seconds;
  }
  if (timed && step.data_wait_seconds && std::isfinite(*step.data_wait_seconds)) {
    ++health_.waited_steps;
    health_.wait_seconds += *step.data_wait_seconds;
    health_.waited_step_seconds += *step.step_time_seconds;
  }
  take_stretch(step);
  take_gradient(step);
}

StepHealth StepWatch::finish() const {
  auto health = health_;
  std::vector<Mean> times, losses;
  for (const auto& stretch : stretches_) {
    if (stretch.timed > 0)
      times.push_back({stretch.first_step, stretch.seconds / static_cast<double>(stretch.timed)});
    if (stretch.losses > 0)
      losses.push_back({stretch.first_step, stretch.loss / static_cast<double>(stretch.losses)});
  }
  // The first steps compile, fill caches and start workers.
  if (times.size() > 2 * kFewestStretchesAside) times.erase(times.begin(), times.begin() + 2);
  health.slowdown = slowdown_of(times);
  health.divergence = divergence_of(losses);
  return health;
}

}  // namespace tidemark
