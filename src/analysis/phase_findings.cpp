// Peaks that belong to one phase, and what phases take of the time.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/findings.h"
#include "analysis/run_level.h"

namespace tidemark {
namespace {

constexpr double kWorthNaming = 0.05;   // of the peak
constexpr double kMuchOfTheTime = 0.2;  // of the run

std::optional<Finding> spike(const Analysis& analysis, std::string_view phase,
                             const std::optional<Estimate>& extra, std::string id,
                             std::string_view what) {
  if (memory_severity(analysis) == Severity::info || !analysis.summary.limiting_pool) return {};
  if (analysis.facts.shape.phase_at_peak != phase || !extra || refused_elsewhere(analysis))
    return {};
  const auto& pool = *analysis.summary.limiting_pool;
  const Bytes held = to_bytes(extra->bytes.likely);
  if (ratio(held, pool.peak) < kWorthNaming) return {};
  Finding finding{
      std::move(id),
      memory_severity(analysis),
      fmt::format("The peak is in {}, which took {} more", what, format_bytes(held)),
      fmt::format("Before it, the run held about {} of {}.", format_bytes(pool.peak - held),
                  format_bytes(pool.limit)),
      0.8,
      {bytes_evidence(extra->detail, "samples in the phase", held), pool_evidence(pool)}};
  add_exit_evidence(analysis, finding);
  return finding;
}

std::optional<Finding> share_of_time(const Analysis& analysis, std::string_view phase,
                                     std::string id, std::string_view what) {
  const auto* facts = phase_of(analysis.facts, phase);
  const double run = analysis.summary.duration_minutes * 60;
  if (facts == nullptr || run <= 0 || facts->count < 2) return {};
  const double seconds = std::min(facts->seconds, run);
  if (seconds / run < kMuchOfTheTime) return {};
  return Finding{
      std::move(id),
      Severity::warning,
      fmt::format("{} took {} of the run's time", what, format_percent(seconds / run)),
      fmt::format("{} occurrences took {} together.", facts->count, format_duration(seconds)),
      0.9,
      {{.text = fmt::format("Time in {}", phase),
        .source = "phases",
        .value = seconds,
        .unit = "s"}}};
}

}  // namespace

std::optional<Finding> sampling_spike_finding(const Analysis& analysis) {
  return spike(analysis, "sampling", analysis.parts.sampling, "sampling_spike",
               "the sampling of previews");
}

std::optional<Finding> checkpoint_save_spike_finding(const Analysis& analysis) {
  return spike(analysis, "checkpoint_save", analysis.parts.checkpoint_save, "checkpoint_save_spike",
               "the saving of a checkpoint");
}

std::optional<Finding> sampling_time_finding(const Analysis& analysis) {
  return share_of_time(analysis, "sampling", "sampling_time", "Sampling previews");
}

std::optional<Finding> saving_time_finding(const Analysis& analysis) {
  return share_of_time(analysis, "checkpoint_save", "saving_time", "Saving checkpoints");
}

}  // namespace tidemark
