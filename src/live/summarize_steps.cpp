#include <algorithm>
#include <cmath>
#include <span>

#include "live/live.h"

namespace tidemark {
namespace {

// Older steps say nothing of how fast it goes now.
constexpr double kLongestLookBack = 300;

/// The newest steps that are in time order and not too old, of one rank's counting.
std::span<const StepRecord> recent(const std::vector<StepRecord>& steps) {
  const double newest = steps.back().unix_seconds;
  std::size_t first = steps.size() - 1;
  while (first > 0) {
    const auto& earlier = steps[first - 1];
    // A number that was counted anew after going back stands beside steps of another time.
    if (earlier.unix_seconds > steps[first].unix_seconds ||
        newest - earlier.unix_seconds > kLongestLookBack)
      break;
    --first;
  }
  return std::span{steps}.subspan(first);
}

// What a trainer only tells now and then (a bar's loss) is the latest that was told.
template <class T>
std::optional<T> latest(std::span<const StepRecord> steps, std::optional<T> StepRecord::* member) {
  for (auto i = steps.size(); i > 0; --i)
    if (const auto& value = steps[i - 1].*member) return value;
  return std::nullopt;
}

void take_pace(LiveSteps& summary, std::span<const StepRecord> steps) {
  const double seconds = steps.back().unix_seconds - steps.front().unix_seconds;
  const auto count = steps.back().step - steps.front().step;
  if (seconds > 0 && count > 0)
    summary.per_second = static_cast<double>(count) / seconds;
  else if (const auto& one = steps.back().step_time_seconds; one && *one > 0)
    summary.per_second = 1 / *one;
  if (summary.total && summary.per_second)
    summary.seconds_left =
        std::max(0.0, static_cast<double>(*summary.total - summary.last) / *summary.per_second);
}

// The wait before the first of them lies before the time that is looked at.
void take_data_wait(LiveSteps& summary, std::span<const StepRecord> steps) {
  const double seconds = steps.back().unix_seconds - steps.front().unix_seconds;
  double waited = 0;
  bool any = false;
  for (const auto& step : steps.subspan(1)) {
    if (!step.data_wait_seconds || !std::isfinite(*step.data_wait_seconds)) continue;
    waited += *step.data_wait_seconds;
    any = true;
  }
  if (any && seconds > 0) summary.data_wait_ratio = std::clamp(waited / seconds, 0.0, 1.0);
}

void take_losses(LiveSteps& summary, std::span<const StepRecord> steps) {
  for (const auto& step : steps)
    if (step.loss && std::isfinite(*step.loss)) summary.losses.push_back(*step.loss);
  if (summary.losses.empty()) return;
  double sum = 0;
  for (const double loss : summary.losses) sum += loss;
  summary.mean_loss = sum / static_cast<double>(summary.losses.size());
}

}  // namespace

std::optional<LiveSteps> summarize_steps(const std::vector<StepRecord>& steps) {
  if (steps.empty()) return std::nullopt;
  const auto newest = recent(steps);
  LiveSteps summary{.last = newest.back().step,
                    .last_at = newest.back().unix_seconds,
                    .total = latest(newest, &StepRecord::total_steps),
                    .loss = latest(newest, &StepRecord::loss),
                    .learning_rate = latest(newest, &StepRecord::learning_rate),
                    .batch_size = latest(newest, &StepRecord::batch_size),
                    .source = newest.back().source};
  take_pace(summary, newest);
  take_data_wait(summary, newest);
  take_losses(summary, newest);
  return summary;
}

}  // namespace tidemark
