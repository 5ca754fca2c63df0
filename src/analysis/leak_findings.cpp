// Memory that grows with the steps and does not level off.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/findings.h"

namespace tidemark {
namespace {

// Less than this is what allocators and caches do anyway.
constexpr Bytes kNoise = mib(24);
constexpr double kNoiseRatio = 0.03;  // of the peak

double steps_per_second_in_training(const Analysis& analysis) {
  const auto& steps = analysis.facts.shape.steps;
  if (steps.timed_steps > 0 && steps.step_seconds > 0)
    return static_cast<double>(steps.timed_steps) / steps.step_seconds;
  return analysis.summary.steps_per_second.value_or(0);
}

std::optional<Finding> leak(const Analysis& analysis, const std::optional<Growth>& growth,
                            std::string id, std::string_view whose) {
  if (!growth || !growth->lasting) return {};
  const auto& pool = analysis.summary.limiting_pool;
  const Bytes peak = pool ? pool->peak : Bytes{};
  if (growth->grown <= kNoise || ratio(growth->grown, peak) < kNoiseRatio) return {};
  const double speed = steps_per_second_in_training(analysis);
  const auto per_step = [&](double bytes_per_second) {
    return format_bytes(to_bytes(speed > 0 ? bytes_per_second / speed : bytes_per_second));
  };
  const auto& slope = growth->bytes_per_second;
  const std::string_view unit = speed > 0 ? "step" : "second";
  Finding finding{
      std::move(id),
      is_oom(analysis.exit.kind) ? Severity::critical : Severity::warning,
      fmt::format("{} grew by about {} with every {}", whose, per_step(slope.likely), unit),
      fmt::format("It came to {} over {} and did not level off: what is kept from {} to {} is "
                  "never let go.",
                  format_bytes(growth->grown), format_duration(growth->seconds), unit, unit),
      0.85,
      {{.text = fmt::format("Growth a {}: {} ({} to {})", unit, per_step(slope.likely),
                            per_step(slope.low), per_step(slope.high)),
        .source = "low points of the samples",
        .value = (speed > 0 ? slope.likely / speed : slope.likely) / kBytesPerGib,
        .unit = "GB"}}};
  if (speed > 0 && pool && slope.likely > 0 && pool->peak < pool->limit) {
    const double room = static_cast<double>((pool->limit - pool->peak).count);
    finding.evidence.push_back(
        {.text = fmt::format("At this slope the {} would have lasted {:.0f} more steps", pool->name,
                             room * speed / slope.likely),
         .source = "computed",
         .value = room * speed / slope.likely,
         .unit = "steps"});
  }
  add_exit_evidence(analysis, finding);
  return finding;
}

}  // namespace

std::optional<Finding> memory_leak_finding(const Analysis& analysis) {
  const auto& shape = analysis.facts.shape;
  if (auto finding = leak(analysis, shape.main_growth, "memory_leak", "The trainer's own process"))
    return finding;
  const auto& pool = analysis.summary.limiting_pool;
  if (!pool || (pool->kind != PoolKind::gpu && pool->kind != PoolKind::unified)) return {};
  return leak(analysis, shape.device_growth, "memory_leak", "What the run holds on the device");
}

std::optional<Finding> worker_memory_leak_finding(const Analysis& analysis) {
  return leak(analysis, analysis.facts.shape.worker_growth, "worker_memory_leak",
              "The DataLoader workers together");
}

}  // namespace tidemark
