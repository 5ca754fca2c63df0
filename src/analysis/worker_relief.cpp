#include "analysis/worker_relief.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/findings.h"

namespace tidemark {
namespace {

// A main process that gained more than this share of what the workers held, in the last quarter of
// the run and after its steps had begun, would have filled the room they leave.
constexpr double kGrowingShare = 0.5;
constexpr std::int64_t kWarmUpSteps = 10;
// What a run that died at its limit would have needed is not known: ending the workers must leave
// room.
constexpr double kRoomAfterOom = 0.90;

bool main_is_growing(const RunFacts& facts, Bytes freed) {
  return facts.step_count >= kWarmUpSteps && facts.late_main_growth &&
         ratio(*facts.late_main_growth, freed) > kGrowingShare;
}

std::vector<Evidence> evidence_of(const SampleRow& sample, Bytes freed) {
  const auto count = sample.worker_count.value_or(0);
  // Workers that died unread: by what their cgroup gained with them.
  const bool read = sample.process_basis != PssBasis::pending;
  const bool by_kernel = sample.process_basis == PssBasis::kernel;
  auto uss =
      bytes_evidence(fmt::format("{} of {} worker{} at the peak: what ending them gives back",
                                 by_kernel ? "Pages of their own"
                                 : read    ? "USS"
                                           : "Growth with the start",
                                 count, count == 1 ? "" : "s"),
                     by_kernel ? "the kernel's account of the kill"
                     : read    ? "smaps_rollup"
                               : "cgroup memory",
                     freed);
  uss.at = sample.unix_seconds;
  std::vector<Evidence> evidence{std::move(uss)};
  if (read && !by_kernel && sample.worker && sample.process_basis != PssBasis::none)
    evidence.push_back(bytes_evidence(
        "Their PSS, which shares what they map together with the trainer",
        sample.process_basis == PssBasis::scaled ? "smaps_rollup, scaled by RSS" : "smaps_rollup",
        *sample.worker));
  if (sample.worker_rss)
    evidence.push_back(bytes_evidence("Their RSS added up, which counts shared pages once for each",
                                      "statm", *sample.worker_rss));
  return evidence;
}

}  // namespace

std::optional<WorkerRelief> worker_relief_of(const Analysis& analysis) {
  const auto& facts = analysis.facts;
  const auto& pool = analysis.summary.limiting_pool;
  if (!pool || !facts.at_peak || !facts.at_peak->worker_uss) return std::nullopt;
  if (pool->kind != PoolKind::host && pool->kind != PoolKind::unified &&
      pool->kind != PoolKind::cgroup)
    return std::nullopt;
  const auto& sample = *facts.at_peak;
  // On unified memory what workers give back is the device's too.
  if (refused_elsewhere(analysis) || sample.worker_count.value_or(0) <= 0 ||
      sample.worker_uss->count <= 0)
    return std::nullopt;

  const auto& settings = facts.info.settings;
  const Bytes freed = std::min(*sample.worker_uss, pool->peak);
  const double remaining = ratio(pool->peak - freed, pool->limit);
  WorkerRelief relief{.count = sample.worker_count.value_or(0), .freed = freed};
  relief.evidence = evidence_of(sample, freed);
  relief.main_was_growing = main_is_growing(facts, freed);
  const double most = ended_by_oom(analysis)
                          ? std::max(kRoomAfterOom, settings.memory_warning_ratio)
                          : settings.memory_warning_ratio;
  relief.suffices = remaining <= most && !relief.main_was_growing;
  relief.confidence = remaining <= settings.memory_warning_ratio ? 0.9 : 0.6;
  if (!is_exact(sample.process_basis)) relief.confidence -= 0.1;
  if (pool->basis != Basis::measured) relief.confidence -= 0.05;
  return relief;
}

}  // namespace tidemark
