// Why a run was slow, and what became of its training.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/findings.h"

namespace tidemark {
namespace {

constexpr double kStarvedShare = 0.2;  // of a step's time
constexpr double kIdleBelow = 0.4;     // mean utilisation
constexpr double kSkewFactor = 1.15;
constexpr std::int64_t kFewestSteps = 10;

Evidence number(std::string text, std::string source, double value, std::string unit) {
  return {.text = std::move(text),
          .source = std::move(source),
          .value = value,
          .unit = std::move(unit)};
}

}  // namespace

std::optional<Finding> data_starved_finding(const Analysis& analysis) {
  const auto& steps = analysis.facts.shape.steps;
  if (steps.waited_steps < kFewestSteps || steps.waited_step_seconds <= 0) return std::nullopt;
  const double share = std::min(steps.wait_seconds / steps.waited_step_seconds, 1.0);
  if (share < kStarvedShare) return std::nullopt;
  return Finding{"data_starved",
                 Severity::warning,
                 fmt::format("Steps waited for data in {} of their time", format_percent(share)),
                 fmt::format("Over {} steps the trainer waited {} for batches.", steps.waited_steps,
                             format_duration(steps.wait_seconds)),
                 0.9,
                 {number("Wait for data, of the steps' time", "steps", share * 100, "%")}};
}

std::optional<Finding> slowdown_finding(const Analysis& analysis) {
  const auto& slow = analysis.facts.shape.steps.slowdown;
  if (!slow) return std::nullopt;
  std::string also;
  if (has_finding(analysis, "swapping")) also = " The run was swapped meanwhile.";
  return Finding{
      "slowdown",
      Severity::warning,
      fmt::format("Steps took {:.1f} times as long from step {} on", slow->factor, slow->step),
      fmt::format("Before, a step took {}; after it, {}.{}", format_duration(slow->before_seconds),
                  format_duration(slow->after_seconds), also),
      0.75,
      {number("Step time after against before", "steps", slow->factor, "x")}};
}

std::optional<Finding> gpu_idle_finding(const Analysis& analysis) {
  const auto& busy = analysis.facts.shape.mean_gpu_utilization;
  if (!busy || *busy >= kIdleBelow || analysis.facts.step_count < kFewestSteps ||
      analysis.parts.home != TensorHome::device)
    return std::nullopt;
  return Finding{
      "gpu_idle",
      Severity::warning,
      fmt::format("The GPU was busy in {} of the training's time", format_percent(*busy)),
      has_finding(analysis, "data_starved")
          ? "It waited for data."
          : "Something else than the device set the pace: data, the CPU, or the copying "
            "of weights.",
      0.6,
      {number("Mean utilisation while steps were made", "samples", *busy * 100, "%")}};
}

std::optional<Finding> rank_skew_finding(const Analysis& analysis) {
  const auto& ranks = analysis.facts.shape.ranks;
  if (ranks.size() < 2) return std::nullopt;
  const auto [fast, slow] = std::ranges::minmax(ranks, {}, &RankSpeed::mean_seconds);
  if (fast.steps < kFewestSteps || slow.steps < kFewestSteps || fast.mean_seconds <= 0 ||
      slow.mean_seconds < kSkewFactor * fast.mean_seconds)
    return std::nullopt;
  return Finding{
      "rank_skew",
      Severity::warning,
      fmt::format("Rank {} is slower than rank {} by {}", slow.rank, fast.rank,
                  format_percent(slow.mean_seconds / fast.mean_seconds - 1)),
      "All ranks wait for the slowest one.",
      0.7,
      {number(fmt::format("Mean step of rank {}", slow.rank), "steps", slow.mean_seconds, "s"),
       number(fmt::format("Mean step of rank {}", fast.rank), "steps", fast.mean_seconds, "s")}};
}

std::optional<Finding> nan_loss_finding(const Analysis& analysis) {
  const auto& steps = analysis.facts.shape.steps;
  if (!steps.first_nan_step) return std::nullopt;
  return Finding{"nan_loss",
                 Severity::warning,
                 fmt::format("The loss was no number from step {} on", *steps.first_nan_step),
                 fmt::format("{} step{} had a loss that is NaN or infinite; what they taught the "
                             "weights is of no use.",
                             steps.nan_steps, steps.nan_steps == 1 ? "" : "s"),
                 0.95,
                 {number("Steps without a finite loss", "steps",
                         static_cast<double>(steps.nan_steps), "steps")}};
}

std::optional<Finding> divergence_finding(const Analysis& analysis) {
  const auto& gone = analysis.facts.shape.steps.divergence;
  if (!gone) return std::nullopt;
  return Finding{
      "divergence",
      Severity::warning,
      fmt::format("The loss climbed from {:.3g} to {:.3g} and stayed there", gone->best,
                  gone->last),
      fmt::format("It was lowest around step {}; a checkpoint from there is the better "
                  "one.",
                  gone->step),
      0.7,
      {number("Loss at the end against the best stretch", "steps", gone->last / gone->best, "x")}};
}

std::optional<Finding> gradient_spikes_finding(const Analysis& analysis) {
  const auto& steps = analysis.facts.shape.steps;
  if (steps.gradient_spikes == 0) return std::nullopt;
  return Finding{
      "gradient_spikes",
      Severity::info,
      fmt::format("{} step{} had a gradient norm over ten times the usual", steps.gradient_spikes,
                  steps.gradient_spikes == 1 ? "" : "s"),
      fmt::format("The largest, {:.0f} times the usual, was at step {}; the first at step "
                  "{}.",
                  steps.largest_spike_factor, steps.largest_spike_step.value_or(0),
                  steps.first_spike_step.value_or(0)),
      0.8,
      {number("Largest gradient norm against the usual", "steps", steps.largest_spike_factor,
              "x")}};
}

}  // namespace tidemark
