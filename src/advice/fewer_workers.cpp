#include <fmt/format.h>

#include <algorithm>

#include "advice/rules.h"

namespace tidemark {
namespace {

// ai-toolkit's default when the dataset sets none (its DatasetConfig); its UI does not show it.
constexpr std::int64_t kAitoolkitDefaultWorkers = 2;
// Below this share of the limit a change of a setting is not worth its price.
constexpr double kWorthwhileRatio = 0.01;

/// Where the number of workers is set, and to what.
struct Setting {
  std::optional<std::string> path{};
  std::int64_t current = 0;
};

// ai-toolkit reads the number from the first dataset of a loader alone; regularisation sets have a
// loader of their own.
std::optional<Setting> aitoolkit_setting(const JobConfig& config, bool regularisation) {
  const auto count = config.list_size("config.process[0].datasets").value_or(0);
  for (std::size_t i = 0; i < count; ++i) {
    const auto dataset = fmt::format("config.process[0].datasets[{}]", i);
    if (config.get_bool(dataset + ".is_reg").value_or(false) != regularisation) continue;
    const auto path = dataset + ".num_workers";
    const auto current = config.get_integer(path).value_or(kAitoolkitDefaultWorkers);
    return current > 0 ? std::optional{Setting{path, current}} : std::nullopt;
  }
  return std::nullopt;
}

std::optional<Setting> find_setting(const JobConfig* config, std::int64_t seen) {
  if (config == nullptr || !config->is_aitoolkit()) return Setting{std::nullopt, seen};
  auto setting = aitoolkit_setting(*config, false);
  return setting ? setting : aitoolkit_setting(*config, true);
}

struct Effect {
  Saving saves{};
  Bytes peak_low{}, peak{}, peak_high{};
};

/// What leaving `kept` of `current` workers changes. Low: whoever takes over their work (the main
/// process, when none is left) may come to hold what one of them held. High: pages that only
/// workers share go too. A run that was killed at its limit would have grown on: by as much as its
/// last growth, at least.
Effect effect_of(const Analysis& analysis, std::int64_t kept, std::int64_t current) {
  const auto& pool = *analysis.summary.limiting_pool;
  const auto& sample = *analysis.facts.at_peak;
  const double share = 1.0 - static_cast<double>(kept) / static_cast<double>(current);
  const auto part = [share](Bytes whole) {
    return Bytes{static_cast<std::int64_t>(share * static_cast<double>(whole.count))};
  };
  const Bytes uss = std::min(*sample.worker_uss, pool.peak);
  const bool has_pss = sample.worker && sample.process_basis != PssBasis::none;
  const Bytes pss = std::min(has_pss ? std::max(*sample.worker, uss) : uss, pool.peak);
  const Bytes of_one{uss.count / std::max<std::int64_t>(*sample.worker_count, 1)};
  Effect effect;
  effect.saves.likely = part(uss);
  effect.saves.low = std::max(part(uss) - of_one, Bytes{});
  effect.saves.high = part(pss);
  effect.saves.basis =
      sample.process_basis == PssBasis::measured ? Basis::measured : Basis::estimated;
  const Bytes unseen_growth =
      is_oom(analysis.exit.kind) ? std::max(pool.peak - pool.sampled, Bytes{}) : Bytes{};
  effect.peak_low = pool.peak - effect.saves.high;
  effect.peak = pool.peak - effect.saves.likely;
  effect.peak_high = std::min(pool.peak - effect.saves.low + unseen_growth, pool.limit);
  return effect;
}

std::int64_t best_count(const Analysis& analysis, std::int64_t current) {
  const auto& pool = *analysis.summary.limiting_pool;
  const double target = analysis.facts.info.settings.memory_warning_ratio;
  // More than this many workers is a config of nobody; the bound keeps a hostile one from costing
  // time.
  for (std::int64_t kept = std::min<std::int64_t>(current - 1, 1024); kept > 0; --kept)
    if (ratio(effect_of(analysis, kept, current).peak_high, pool.limit) <= target) return kept;
  return 0;
}

bool applies(const Analysis& analysis) {
  const auto* pool = pressed_pool(analysis);
  if (pool == nullptr || !analysis.facts.at_peak) return false;
  const auto& sample = *analysis.facts.at_peak;
  const bool holds_workers = pool->kind == PoolKind::host || pool->kind == PoolKind::cgroup;
  return holds_workers && names_finding(analysis, "dataloader_workers") && sample.worker_uss &&
         sample.worker_count.value_or(0) > 0 &&
         ratio(*sample.worker_uss, pool->limit) >= kWorthwhileRatio;
}

std::string impact_text(const Analysis& analysis, const Effect& effect) {
  const auto& pool = *analysis.summary.limiting_pool;
  auto text = fmt::format("frees about {} ({} to {}): the peak falls from {} to about {} of {}",
                          format_bytes(effect.saves.likely), format_bytes(effect.saves.low),
                          format_bytes(effect.saves.high), format_bytes(pool.peak),
                          format_bytes(effect.peak), format_bytes(pool.limit));
  if (is_oom(analysis.exit.kind))
    text += "; what the run would have needed beyond the limit is not known";
  else if (ratio(effect.peak, pool.limit) > analysis.facts.info.settings.memory_warning_ratio)
    text += ", which alone is not enough";
  return text;
}

}  // namespace

std::optional<Recommendation> fewer_workers(const Analysis& analysis, const JobConfig* config) {
  if (!applies(analysis)) return std::nullopt;
  const auto& sample = *analysis.facts.at_peak;
  const auto setting = find_setting(config, *sample.worker_count);
  if (!setting)
    return std::nullopt;  // no loader has workers: those that were seen are not set there
  const auto count = best_count(analysis, setting->current);
  const auto effect = effect_of(analysis, count, setting->current);

  Recommendation advice;
  advice.id = "fewer_workers";
  advice.severity = memory_severity(analysis);
  advice.title = count == 0 ? "Load data without worker processes"
                            : fmt::format("Use {} DataLoader workers", count);
  advice.action = setting->path
                      ? fmt::format("Set num_workers to {} (now {})", count, setting->current)
                      : fmt::format("Set the DataLoader's num_workers to {} ({} workers were seen)",
                                    count, setting->current);
  advice.impact = impact_text(analysis, effect);
  advice.config_path = setting->path;
  advice.current_value = setting->current;
  advice.recommended_value = count;
  advice.saves = effect.saves;
  advice.predicted_peak = effect.peak;
  advice.predicted_peak_low = effect.peak_low;
  advice.predicted_peak_high = effect.peak_high;
  advice.cost = count == 0 ? "the trainer loads its data itself: steps may wait for it"
                           : "fewer processes load data: steps may wait for it";
  advice.finding = "dataloader_workers";
  advice.evidence = {{.text = fmt::format("USS of {} worker{} at the peak", *sample.worker_count,
                                          *sample.worker_count == 1 ? "" : "s"),
                      .source = "smaps_rollup",
                      .value = to_gib(*sample.worker_uss),
                      .unit = "GB",
                      .at = sample.unix_seconds},
                     peak_evidence(*analysis.summary.limiting_pool)};
  return advice;
}

}  // namespace tidemark
