#include <fmt/format.h>

#include <algorithm>

#include "advice/rules.h"

namespace tidemark {
namespace {

// Below this share of the limit a change of a setting is not worth its price.
constexpr double kWorthwhileRatio = 0.01;

/// What the workers held at the peak of a pool that they fill.
struct Held {
  PoolPeak pool{};
  std::int64_t count = 0;
  Bytes uss{}, pss{};  // pss is at least uss
  Basis basis = Basis::measured;
  double at = 0;
  bool killed = false;      // memory ended the run: what it would have needed is not known
  double target_ratio = 0;  // of the limit
};

std::optional<Held> held_by_workers(const Analysis& analysis) {
  const auto* pool = pressed_pool(analysis);
  const auto& sample = analysis.facts.at_peak;
  if (pool == nullptr || !sample || !sample->worker_uss) return std::nullopt;
  const bool holds_workers = pool->kind == PoolKind::host || pool->kind == PoolKind::unified ||
                             pool->kind == PoolKind::cgroup;
  const auto count = sample->worker_count.value_or(0);
  if (!holds_workers || count <= 0 || !names_finding(analysis, "dataloader_workers"))
    return std::nullopt;
  Held held{.pool = *pool, .count = count};
  held.uss = std::min(*sample->worker_uss, pool->peak);
  const bool has_pss = sample->process_basis != PssBasis::none;
  const Bytes pss = has_pss ? sample->worker.value_or(held.uss) : held.uss;
  held.pss = std::clamp(pss, held.uss, pool->peak);
  held.basis = is_exact(sample->process_basis) ? Basis::measured : Basis::estimated;
  held.at = sample->unix_seconds;
  held.killed = is_oom(analysis.exit.kind);
  held.target_ratio = analysis.facts.info.settings.memory_warning_ratio;
  return ratio(held.uss, pool->limit) >= kWorthwhileRatio ? std::optional{held} : std::nullopt;
}

struct Effect {
  Saving saves{};
  Bytes peak_low{}, peak{}, peak_high{};
};

/// What leaving `kept` of `current` workers changes. Low: whoever takes over their work (the main
/// process, when none is left) may come to hold what one of them held. High: pages that only
/// workers share go too. A run that was killed at its limit would have grown on: by as much as its
/// last growth, at least.
Effect effect_of(const Held& held, std::int64_t kept, std::int64_t current) {
  const double share = 1.0 - static_cast<double>(kept) / static_cast<double>(current);
  const auto part = [share](Bytes whole) {
    return Bytes{static_cast<std::int64_t>(share * static_cast<double>(whole.count))};
  };
  const Bytes of_one{held.uss.count / held.count};
  Effect effect;
  effect.saves = {.low = std::max(part(held.uss) - of_one, Bytes{}),
                  .likely = part(held.uss),
                  .high = part(held.pss),
                  .basis = held.basis};
  const auto& pool = held.pool;
  const Bytes unseen_growth = held.killed ? std::max(pool.peak - pool.sampled, Bytes{}) : Bytes{};
  effect.peak_low = pool.peak - effect.saves.high;
  effect.peak = pool.peak - effect.saves.likely;
  effect.peak_high = std::min(pool.peak - effect.saves.low + unseen_growth, pool.limit);
  return effect;
}

std::int64_t best_count(const Held& held, std::int64_t current) {
  // More than this many workers is a config of nobody; the bound keeps a hostile one from costing
  // time.
  for (std::int64_t kept = std::min<std::int64_t>(current - 1, 1024); kept > 0; --kept)
    if (ratio(effect_of(held, kept, current).peak_high, held.pool.limit) <= held.target_ratio)
      return kept;
  return 0;
}

std::string impact_text(const Held& held, const Effect& effect) {
  const auto& pool = held.pool;
  auto text = fmt::format("frees about {} ({} to {}): the peak falls from {} to about {} of {}",
                          format_bytes(effect.saves.likely), format_bytes(effect.saves.low),
                          format_bytes(effect.saves.high), format_bytes(pool.peak),
                          format_bytes(effect.peak), format_bytes(pool.limit));
  if (held.killed)
    text += "; what the run would have needed beyond the limit is not known";
  else if (ratio(effect.peak, pool.limit) > held.target_ratio)
    text += ", which alone is not enough";
  return text;
}

}  // namespace

// Where the config is one that is known, the memory model's rule answers (loader_rules.cpp): this
// one goes by what was seen.
std::optional<Recommendation> fewer_workers(const Analysis& analysis) {
  const auto held = held_by_workers(analysis);
  if (!held) return std::nullopt;
  const auto count = best_count(*held, held->count);
  const auto effect = effect_of(*held, count, held->count);

  Recommendation advice;
  advice.id = "fewer_workers";
  advice.severity = memory_severity(analysis);
  advice.title = count == 0
                     ? "Load data without worker processes"
                     : fmt::format("Use {} DataLoader worker{}", count, count == 1 ? "" : "s");
  advice.action = fmt::format("Set the DataLoader's num_workers to {} ({} workers were seen)",
                              count, held->count);
  advice.impact = impact_text(*held, effect);
  advice.current_value = held->count;
  advice.recommended_value = count;
  advice.saves = effect.saves;
  advice.predicted_peak = effect.peak;
  advice.predicted_peak_low = effect.peak_low;
  advice.predicted_peak_high = effect.peak_high;
  advice.cost = count == 0 ? "the trainer loads its data itself: steps may wait for it"
                           : "fewer processes load data: steps may wait for it";
  advice.finding = "dataloader_workers";
  advice.evidence = {{.text = fmt::format("USS of {} worker{} at the peak", held->count,
                                          held->count == 1 ? "" : "s"),
                      .source = "smaps_rollup",
                      .value = to_gib(held->uss),
                      .unit = "GB",
                      .at = held->at},
                     peak_evidence(held->pool)};
  return advice;
}

}  // namespace tidemark
