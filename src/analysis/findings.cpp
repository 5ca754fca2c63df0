#include "analysis/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/error_text.h"

namespace tidemark {
namespace {

// The order is the order on the screen. What ended the run comes first (silent where memory did);
// then the limits that only an error or their own use can name; then the causes of a peak, cheapest
// first, the container's limit after what would have kept the run under it.
constexpr std::array kRules{
    disk_full_finding,
    exception_finding,
    killed_by_signal_finding,
    stopped_by_user_finding,
    unknown_end_finding,
    process_limit_finding,
    shm_too_small_finding,
    sufficient_workers_finding,
    other_process_finding,
    container_limit_finding,
    unknown_memory_finding,
    near_limit_finding,
    contributing_workers_finding,
    oom_skipped_batches_finding,
    swapping_finding,
    stalled_finding,
    spare_memory_finding,
};

}  // namespace

std::vector<Finding> find_causes(Analysis analysis) {
  for (const FindingRule rule : kRules)
    if (auto finding = rule(analysis)) analysis.findings.push_back(std::move(*finding));
  return std::move(analysis.findings);
}

bool ended_by_oom(const Analysis& analysis) {
  return is_oom(analysis.exit.kind);
}

bool has_finding(const Analysis& analysis, std::string_view id) {
  return std::ranges::any_of(analysis.findings,
                             [id](const Finding& finding) { return finding.id == id; });
}

bool refused_by_another_pool(const Analysis& analysis) {
  const auto& pool = analysis.summary.limiting_pool;
  if (pool && (pool->kind == PoolKind::gpu || pool->kind == PoolKind::unified)) return false;
  return analysis.exit.kind == ExitKind::oom_exception && analysis.facts.exception &&
         names_device_memory(*analysis.facts.exception);
}

void add_exit_evidence(const Analysis& analysis, Finding& finding) {
  if (!ended_by_oom(analysis)) return;
  for (const auto& sentence : analysis.exit.evidence)
    finding.evidence.push_back({.text = sentence, .source = "exit"});
}

const Component* find_component(const Analysis& analysis, std::string_view name) {
  const auto found = std::ranges::find(analysis.breakdown, name, &Component::component);
  return found == analysis.breakdown.end() ? nullptr : &*found;
}

Evidence bytes_evidence(std::string text, std::string source, Bytes value) {
  return {
      .text = std::move(text), .source = std::move(source), .value = to_gib(value), .unit = "GB"};
}

Evidence pool_evidence(const PoolPeak& pool) {
  auto text = fmt::format("The peak was {} of {} ({}, {})", format_bytes(pool.peak),
                          format_bytes(pool.limit), format_percent(pool.fraction()), pool.name);
  if (pool.basis == Basis::estimated)
    text +=
        fmt::format("; the highest sample showed {}, the rest is from the trainer's exact peak RSS",
                    format_bytes(pool.sampled));
  if (pool.basis == Basis::computed)
    text += fmt::format("; the highest sample showed {}, and the kernel killed at the limit",
                        format_bytes(pool.sampled));
  if (pool.confirmed) text += "; the kernel's watermark agrees";
  auto evidence = bytes_evidence(std::move(text), "samples", pool.peak);
  evidence.at = pool.at;
  return evidence;
}

}  // namespace tidemark
