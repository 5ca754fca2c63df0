// What helps and is no setting of the config: another program, the allocator, a leak.
#include <fmt/format.h>

#include <algorithm>

#include "advice/rules.h"

namespace tidemark {
namespace {

const Finding* finding_of(const Analysis& analysis, std::string_view id) {
  const auto found = std::ranges::find(analysis.findings, id, &Finding::id);
  return found == analysis.findings.end() ? nullptr : &*found;
}

std::optional<Bytes> held_by(const Analysis& analysis, std::string_view component) {
  const auto found = std::ranges::find(analysis.breakdown, component, &Component::component);
  return found == analysis.breakdown.end() ? std::nullopt : std::optional{found->held};
}

void add_saving(Recommendation& advice, const PoolPeak& pool, Range saved, Basis basis) {
  advice.saves = Saving{to_bytes(saved.low), to_bytes(saved.likely), to_bytes(saved.high), basis};
  advice.predicted_peak = pool.peak - advice.saves->likely;
  advice.predicted_peak_low = pool.peak - advice.saves->high;
  advice.predicted_peak_high = pool.peak - advice.saves->low;
}

}  // namespace

std::optional<Recommendation> stop_other_process(const Analysis& analysis) {
  const auto* pool = pressed_pool(analysis);
  const auto* finding = finding_of(analysis, "other_process");
  const auto held = held_by(analysis, "other_processes");
  if (pool == nullptr || finding == nullptr || !held) return std::nullopt;
  const bool named = finding->confidence >= 0.5;
  Recommendation advice;
  advice.id = "stop_other_process";
  advice.severity = memory_severity(analysis);
  advice.title = named ? "Stop the other program while the run goes on"
                       : "Find and stop what else filled the memory";
  advice.action =
      named ? "End it before the run: " + finding->title
            : "Look for it while the run goes on (tidemark doctor, top): " + finding->title;
  const auto bytes = static_cast<double>(held->count);
  add_saving(advice, *pool, named ? Range::exactly(bytes) : Range{0, bytes / 2, bytes},
             named ? Basis::measured : Basis::estimated);
  advice.impact = fmt::format("gives back {}: the peak would have been about {} of {}",
                              format_bytes(advice.saves->likely),
                              format_bytes(*advice.predicted_peak), format_bytes(pool->limit));
  advice.cost = "what that program does has to wait";
  advice.finding = "other_process";
  advice.evidence = finding->evidence;
  return advice;
}

// https://docs.pytorch.org/docs/stable/notes/cuda.html, "Optimizing memory usage with
// PYTORCH_CUDA_ALLOC_CONF": segments that grow are reused across sizes.
std::optional<Recommendation> allocator_setting(const Analysis& analysis) {
  const auto* pool = pressed_pool(analysis);
  const auto* finding = finding_of(analysis, "fragmentation");
  const auto slack = held_by(analysis, "allocator_slack");
  if (pool == nullptr || finding == nullptr || !slack) return std::nullopt;
  Recommendation advice;
  advice.id = "expandable_segments";
  advice.severity = memory_severity(analysis);
  advice.title = "Let the allocator's segments grow";
  advice.action = "Start the trainer with PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True";
  add_saving(advice, *pool, Range{0, 0.6, 1} * static_cast<double>(slack->count), Basis::estimated);
  advice.impact = fmt::format("may give back up to {} that no tensor uses", format_bytes(*slack));
  advice.cost = "none that is known; not on every platform";
  advice.finding = "fragmentation";
  advice.evidence = finding->evidence;
  return advice;
}

std::optional<Recommendation> fix_leak(const Analysis& analysis) {
  const auto* main = finding_of(analysis, "memory_leak");
  const auto* workers = finding_of(analysis, "worker_memory_leak");
  const auto* finding = main != nullptr ? main : workers;
  if (finding == nullptr) return std::nullopt;
  Recommendation advice;
  advice.id = main != nullptr ? "fix_leak" : "fix_worker_leak";
  advice.severity = finding->severity;
  advice.title = main != nullptr ? "Find what the trainer keeps from step to step"
                                 : "Find what the dataset keeps in its workers";
  advice.action =
      main != nullptr
          ? "Look for what collects tensors or arrays with every step (losses kept with their "
            "graph, "
            "lists of samples, caches without a bound); until then save often and resume"
          : "Look for a cache or a list in the dataset that grows with every picture; until then "
            "fewer workers grow less, and none at all keep one copy in the trainer";
  advice.impact = finding->explanation;
  advice.cost = "settings only put it off: the growth goes on";
  advice.finding = finding->id;
  advice.evidence = finding->evidence;
  return advice;
}

}  // namespace tidemark
