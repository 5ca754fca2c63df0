// The state that memory was in, whatever ended the run.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/findings.h"

namespace tidemark {
namespace {

// Pages of 4 KiB are the smallest there are: a count of pages is at least this much.
constexpr std::int64_t kSmallestPage = 4096;
// Idle daemons are swapped out on healthy machines too: below these, nobody waited.
constexpr Bytes kOwnSwapIsNoise = mib(16);
constexpr double kOwnSwapRatio = 0.01;  // of the main process
constexpr Bytes kSwappedInIsNoise = mib(256);
constexpr double kFullPressureIsNoise = 0.05;
// More than half of the pool free: room for a larger batch, say.
constexpr double kSpareBelow = 0.5;

Bytes at_least(std::uint64_t pages) {
  const auto most = static_cast<std::uint64_t>(std::int64_t{1} << 44);
  return {static_cast<std::int64_t>(std::min(pages, most)) * kSmallestPage};
}

bool own_pages_were_swapped(const RunFacts& facts) {
  if (!facts.highest_main_swap || *facts.highest_main_swap <= kOwnSwapIsNoise) return false;
  const Bytes main = facts.exact_main_peak.value_or(facts.highest_main_rss.value_or(Bytes{}));
  return ratio(*facts.highest_main_swap, main) > kOwnSwapRatio || main.count == 0;
}

bool machine_swapped_hard(const RunFacts& facts) {
  return at_least(facts.swap_in_pages) > kSwappedInIsNoise &&
         facts.highest_full_pressure.value_or(1.0) > kFullPressureIsNoise;
}

}  // namespace

std::optional<Finding> near_limit_finding(const Analysis& analysis) {
  if (ended_by_oom(analysis) || memory_severity(analysis) == Severity::info) return std::nullopt;
  const auto& pool = *analysis.summary.limiting_pool;
  // Said already, with its cause.
  if (pool.kind == PoolKind::process || pool.kind == PoolKind::shm) return std::nullopt;
  const Bytes room = pool.limit - pool.peak;
  return Finding{
      "near_limit",
      memory_severity(analysis),
      fmt::format("The peak came to {} of the {}", format_percent(pool.fraction()), pool.name),
      fmt::format(
          "{} were left at the peak. A little more (a larger image, one more worker, another "
          "program) ends such a run.",
          format_bytes(room)),
      pool.basis == Basis::measured ? 0.95 : 0.8,
      {pool_evidence(pool)}};
}

std::optional<Finding> swapping_finding(const Analysis& analysis) {
  const auto& facts = analysis.facts;
  const Bytes own_swap = facts.highest_main_swap.value_or(Bytes{});
  const bool own = own_pages_were_swapped(facts);
  if (!own && !machine_swapped_hard(facts)) return std::nullopt;
  Finding finding{"swapping",
                  Severity::warning,
                  own ? fmt::format("{} of the trainer were swapped out", format_bytes(own_swap))
                      : std::string{"The machine swapped while the run went on"},
                  "A trainer whose pages are in swap waits for the disk at every touch of them.",
                  own ? 0.9 : 0.6,
                  {}};
  if (own)
    finding.evidence.push_back(
        bytes_evidence("The trainer's own pages in swap, at most", "VmSwap", own_swap));
  if (facts.swap_in_pages + facts.swap_out_pages > 0) {
    finding.evidence.push_back(
        bytes_evidence("Read back from swap during the run, by the whole machine, at least",
                       "/proc/vmstat", at_least(facts.swap_in_pages)));
    finding.evidence.push_back(
        bytes_evidence("Written to swap during the run, by the whole machine, at least",
                       "/proc/vmstat", at_least(facts.swap_out_pages)));
  }
  if (facts.highest_full_pressure)
    finding.evidence.push_back(
        {.text = "Share of time in which everything waited for memory, at most",
         .source = "memory pressure (PSI)",
         .value = *facts.highest_full_pressure * 100,
         .unit = "%"});
  return finding;
}

std::optional<Finding> spare_memory_finding(const Analysis& analysis) {
  if (analysis.exit.kind != ExitKind::completed || !analysis.summary.limiting_pool)
    return std::nullopt;
  const auto& pool = *analysis.summary.limiting_pool;
  const bool on_device = pool.kind == PoolKind::gpu;
  const bool may_grow = on_device || pool.kind == PoolKind::host ||
                        pool.kind == PoolKind::unified || pool.kind == PoolKind::cgroup;
  if (!may_grow || pool.fraction() >= kSpareBelow || analysis.summary.oom_count > 0)
    return std::nullopt;
  return Finding{
      "spare_memory",
      Severity::info,
      fmt::format("{} of the {} were never used", format_bytes(pool.limit - pool.peak), pool.name),
      on_device ? "A larger batch would fit into this pool."
                : "A larger batch or more DataLoader workers would fit into this pool.",
      0.7,
      {pool_evidence(pool)}};
}

}  // namespace tidemark
