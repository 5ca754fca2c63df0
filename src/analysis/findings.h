// Why the run died or is at risk. Each rule is a pure function of what is known so far; the table
// in findings.cpp is their order: the first finding is the primary cause. Private to analysis.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.h"

namespace tidemark {

/// The rule sees the analysis with summary, breakdown and the findings of the rules before it.
using FindingRule = std::optional<Finding> (*)(const Analysis&);

std::vector<Finding> find_causes(Analysis analysis);

// What ended the run.
std::optional<Finding> disk_full_finding(const Analysis& analysis);
std::optional<Finding> exception_finding(const Analysis& analysis);
std::optional<Finding> killed_by_signal_finding(const Analysis& analysis);
std::optional<Finding> stopped_by_user_finding(const Analysis& analysis);
std::optional<Finding> unknown_end_finding(const Analysis& analysis);
std::optional<Finding> stalled_finding(const Analysis& analysis);
std::optional<Finding> oom_skipped_batches_finding(const Analysis& analysis);

// Memory: causes.
std::optional<Finding> process_limit_finding(const Analysis& analysis);
std::optional<Finding> shm_too_small_finding(const Analysis& analysis);
std::optional<Finding> sufficient_workers_finding(const Analysis& analysis);
std::optional<Finding> other_process_finding(const Analysis& analysis);
std::optional<Finding> container_limit_finding(const Analysis& analysis);
std::optional<Finding> unknown_memory_finding(const Analysis& analysis);

std::optional<Finding> memory_leak_finding(const Analysis& analysis);
std::optional<Finding> worker_memory_leak_finding(const Analysis& analysis);
std::optional<Finding> sampling_spike_finding(const Analysis& analysis);
std::optional<Finding> checkpoint_save_spike_finding(const Analysis& analysis);
std::optional<Finding> fragmentation_finding(const Analysis& analysis);
std::optional<Finding> pinned_memory_finding(const Analysis& analysis);
std::optional<Finding> offload_on_unified_finding(const Analysis& analysis);

// Time.
std::optional<Finding> data_starved_finding(const Analysis& analysis);
std::optional<Finding> slowdown_finding(const Analysis& analysis);
std::optional<Finding> gpu_idle_finding(const Analysis& analysis);
std::optional<Finding> rank_skew_finding(const Analysis& analysis);
std::optional<Finding> sampling_time_finding(const Analysis& analysis);
std::optional<Finding> saving_time_finding(const Analysis& analysis);

// Training.
std::optional<Finding> nan_loss_finding(const Analysis& analysis);
std::optional<Finding> divergence_finding(const Analysis& analysis);
std::optional<Finding> gradient_spikes_finding(const Analysis& analysis);

// Memory: state.
std::optional<Finding> batch_size_correlation_finding(const Analysis& analysis);
std::optional<Finding> near_limit_finding(const Analysis& analysis);
std::optional<Finding> contributing_workers_finding(const Analysis& analysis);
std::optional<Finding> swapping_finding(const Analysis& analysis);
std::optional<Finding> spare_memory_finding(const Analysis& analysis);

// Shared by the rules.
bool ended_by_oom(const Analysis& analysis);
bool has_finding(const Analysis& analysis, std::string_view id);
const Component* find_component(const Analysis& analysis, std::string_view name);
/// An allocation failed in a pool that no sample shows (a device's), or although no pool was near
/// its limit (a request larger than all that was left, a limit that the trainer set itself): causes
/// of the pool that was fullest do not explain the end.
bool refused_elsewhere(const Analysis& analysis);
/// After an OOM, the sentences of the exit.
void add_exit_evidence(const Analysis& analysis, Finding& finding);
Evidence pool_evidence(const PoolPeak& pool);
Evidence bytes_evidence(std::string text, std::string source, Bytes value);

}  // namespace tidemark
