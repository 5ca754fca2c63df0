#include "analysis/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/config_causes.h"
#include "analysis/error_text.h"

namespace tidemark {
namespace {

using Cause = ConfigCause;

// The order is the order on the screen. What ended the run comes first (silent where memory did);
// then the limits that only an error or their own use can name; then what grows without end; then
// the causes of a peak whose removal suffices, cheapest first, the container's limit after what
// would have kept the run under it; then the state, and what contributes without sufficing; then
// time and training.
constexpr std::array kRules{
    disk_full_finding,
    exception_finding,
    killed_by_signal_finding,
    stopped_by_user_finding,
    unknown_end_finding,
    process_limit_finding,
    shm_too_small_finding,
    worker_memory_leak_finding,
    memory_leak_finding,
    config_cause<Cause::latent_cache, Need::sufficient>,
    config_cause<Cause::text_encoder_kept, Need::sufficient>,
    sufficient_workers_finding,
    other_process_finding,
    sampling_spike_finding,
    checkpoint_save_spike_finding,
    config_cause<Cause::ema, Need::sufficient>,
    config_cause<Cause::optimizer_state, Need::sufficient>,
    config_cause<Cause::unquantized_weights, Need::sufficient>,
    config_cause<Cause::gradient_checkpointing_off, Need::sufficient>,
    config_cause<Cause::batch_size, Need::sufficient>,
    config_cause<Cause::resolution, Need::sufficient>,
    fragmentation_finding,
    container_limit_finding,
    unknown_memory_finding,
    near_limit_finding,
    contributing_workers_finding,
    config_cause<Cause::latent_cache, Need::contributing>,
    config_cause<Cause::text_encoder_kept, Need::contributing>,
    config_cause<Cause::ema, Need::contributing>,
    config_cause<Cause::optimizer_state, Need::contributing>,
    config_cause<Cause::unquantized_weights, Need::contributing>,
    config_cause<Cause::gradient_checkpointing_off, Need::contributing>,
    config_cause<Cause::batch_size, Need::contributing>,
    config_cause<Cause::resolution, Need::contributing>,
    pinned_memory_finding,
    offload_on_unified_finding,
    oom_skipped_batches_finding,
    swapping_finding,
    stalled_finding,
    data_starved_finding,
    slowdown_finding,
    gpu_idle_finding,
    rank_skew_finding,
    sampling_time_finding,
    saving_time_finding,
    nan_loss_finding,
    divergence_finding,
    gradient_spikes_finding,
    batch_size_correlation_finding,
    spare_memory_finding,
};

constexpr std::array<std::string_view, 19> kMemoryCauses{"dataloader_workers",
                                                         "batch_size",
                                                         "resolution",
                                                         "ema",
                                                         "optimizer_state",
                                                         "unquantized_weights",
                                                         "latent_cache",
                                                         "text_encoder_kept",
                                                         "gradient_checkpointing_off",
                                                         "sampling_spike",
                                                         "fragmentation",
                                                         "checkpoint_save_spike",
                                                         "memory_leak",
                                                         "worker_memory_leak",
                                                         "other_process",
                                                         "container_limit",
                                                         "process_limit",
                                                         "shm_too_small",
                                                         "pinned_memory"};

// An allocation that fails further away from the limit was refused for another reason.
constexpr double kNearEnoughToRefuse = 0.75;

}  // namespace

std::vector<Finding> find_causes(Analysis analysis) {
  for (const FindingRule rule : kRules)
    if (auto finding = rule(analysis)) analysis.findings.push_back(std::move(*finding));
  return std::move(analysis.findings);
}

bool is_memory_cause(std::string_view finding_id) {
  return std::ranges::find(kMemoryCauses, finding_id) != kMemoryCauses.end();
}

bool ended_by_oom(const Analysis& analysis) {
  return is_oom(analysis.exit.kind);
}

bool has_finding(const Analysis& analysis, std::string_view id) {
  return std::ranges::any_of(analysis.findings,
                             [id](const Finding& finding) { return finding.id == id; });
}

bool refused_elsewhere(const Analysis& analysis) {
  const auto& pool = analysis.summary.limiting_pool;
  if (analysis.exit.kind != ExitKind::oom_exception) return false;
  if (pool && (pool->kind == PoolKind::gpu || pool->kind == PoolKind::unified)) return false;
  if (analysis.facts.exception && names_device_memory(*analysis.facts.exception)) return true;
  const bool resident = pool && (pool->kind == PoolKind::host || pool->kind == PoolKind::cgroup);
  return resident && pool->fraction() < kNearEnoughToRefuse;
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
