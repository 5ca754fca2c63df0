// Causes of a peak: what, had it been away, would have kept the run under its limit.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "analysis/error_text.h"
#include "analysis/findings.h"
#include "analysis/worker_relief.h"

namespace tidemark {
namespace {

// A limit below this share of the machine is worth raising before anything is given up for it.
constexpr double kFarBelowMachine = 0.5;
// /dev/shm this full explains a bus error or a failed shared memory allocation by itself.
constexpr double kNearlyReached = 0.90;

const PoolPeak* limiting(const Analysis& analysis) {
  return analysis.summary.limiting_pool ? &*analysis.summary.limiting_pool : nullptr;
}

bool under_pressure(const Analysis& analysis) {
  return limiting(analysis) != nullptr &&
         (ended_by_oom(analysis) || memory_severity(analysis) != Severity::info);
}

std::optional<Bytes> machine_total(const RunFacts& facts) {
  if (facts.at_peak && facts.at_peak->total) return facts.at_peak->total;
  return facts.last ? facts.last->total : std::nullopt;
}

}  // namespace

std::optional<Finding> process_limit_finding(const Analysis& analysis) {
  const auto* pool = limiting(analysis);
  if (pool == nullptr || pool->kind != PoolKind::process || !under_pressure(analysis))
    return std::nullopt;
  const bool reached = pool->fraction() >= kNearlyReached;
  Finding finding{
      "process_limit",
      memory_severity(analysis),
      fmt::format("The process's own limit of {} was {}", format_bytes(pool->limit),
                  ended_by_oom(analysis) ? "what refused the allocation" : "nearly reached"),
      reached
          ? fmt::format("The {} counts what the process maps, resident or not. Its use came to {}.",
                        pool->name, format_percent(pool->fraction()))
          : fmt::format("The {} was at {} in the highest sample, and no other pool was full: the "
                        "allocation that failed must have been larger than what was left.",
                        pool->name, format_percent(pool->fraction())),
      reached ? 0.95 : 0.6,
      {pool_evidence(*pool)}};
  finding.evidence[0].source = "/proc/PID/limits, /proc/PID/status";
  add_exit_evidence(analysis, finding);
  return finding;
}

std::optional<Finding> shm_too_small_finding(const Analysis& analysis) {
  const auto* pool = limiting(analysis);
  if (pool == nullptr || pool->kind != PoolKind::shm || !under_pressure(analysis))
    return std::nullopt;
  const bool full = pool->fraction() >= kNearlyReached;
  Finding finding{"shm_too_small",
                  memory_severity(analysis),
                  fmt::format("/dev/shm ({}) is too small", format_bytes(pool->limit)),
                  "DataLoader workers hand their batches over through /dev/shm. A write that finds "
                  "no page there ends "
                  "the process with a bus error.",
                  full ? 0.95 : 0.7,
                  {pool_evidence(*pool)}};
  finding.evidence[0].source = "statfs of /dev/shm";
  add_exit_evidence(analysis, finding);
  return finding;
}

std::optional<Finding> sufficient_workers_finding(const Analysis& analysis) {
  const auto relief = worker_relief_of(analysis);
  if (!relief || !relief->suffices || !under_pressure(analysis)) return std::nullopt;
  const auto& pool = *limiting(analysis);
  Finding finding{"dataloader_workers",
                  memory_severity(analysis),
                  fmt::format("{} DataLoader worker{} held {}", relief->count,
                              relief->count == 1 ? "" : "s", format_bytes(relief->freed)),
                  fmt::format("Without them the peak would have been about {} of {} ({}).",
                              format_bytes(pool.peak - relief->freed), format_bytes(pool.limit),
                              format_percent(ratio(pool.peak - relief->freed, pool.limit))),
                  relief->confidence,
                  relief->evidence};
  finding.evidence.push_back(pool_evidence(pool));
  add_exit_evidence(analysis, finding);
  return finding;
}

std::optional<Finding> container_limit_finding(const Analysis& analysis) {
  const auto* pool = limiting(analysis);
  const auto machine = machine_total(analysis.facts);
  if (!under_pressure(analysis) || pool->kind != PoolKind::cgroup || !machine) return std::nullopt;
  if (refused_elsewhere(analysis) || ratio(pool->limit, *machine) >= kFarBelowMachine)
    return std::nullopt;
  Finding finding{
      "container_limit",
      memory_severity(analysis),
      fmt::format("The container may use {} of the machine's {}", format_bytes(pool->limit),
                  format_bytes(*machine)),
      "The limit is far below what the machine has; with a higher one the run would have had room.",
      ended_by_oom(analysis) ? 0.8 : 0.7,
      {pool_evidence(*pool)}};
  finding.evidence.push_back(
      bytes_evidence("The limit of the cgroup", "cgroup memory limit", pool->limit));
  finding.evidence.push_back(bytes_evidence("The machine's memory", "/proc/meminfo", *machine));
  add_exit_evidence(analysis, finding);
  return finding;
}

std::optional<Finding> unknown_memory_finding(const Analysis& analysis) {
  const bool explained = std::ranges::any_of(
      analysis.findings, [](const Finding& finding) { return is_memory_cause(finding.id); });
  if (!ended_by_oom(analysis) || explained) return std::nullopt;
  Finding finding{"unknown",
                  Severity::critical,
                  "Memory ran out, and what is known does not say what to change",
                  {},
                  0.9,
                  {}};
  const auto& facts = analysis.facts;
  std::string missing;
  if (refused_elsewhere(analysis))
    missing = facts.exception && names_device_memory(*facts.exception)
                  ? std::string{"the device's memory, which the allocation failed in and which no "
                                "sample shows"}
                  : "what refused the allocation: no limit that was seen was near. One request may "
                    "have been larger than all that was left, or the trainer had set a limit of its "
                    "own (setrlimit) since it was last looked at";
  else if (limiting(analysis) != nullptr && limiting(analysis)->kind == PoolKind::gpu)
    missing = "what the run holds on the device (weights, gradients, optimizer state, activations)";
  else if (facts.sample_count == 0)
    missing = "samples of memory: none is recorded";
  else if (limiting(analysis) == nullptr)
    missing = "a limit: no pool with one was seen";
  else if (facts.at_peak && facts.at_peak->worker_count.value_or(0) > 0 &&
           !facts.at_peak->worker_uss)
    missing = "PSS and USS of the workers, and what the trainer's own process holds";
  else
    missing = "what the trainer's own process holds (weights, optimizer state, activations)";
  finding.explanation =
      "No single cause that was measured would have kept the run under its limit. What was "
      "missing: " +
      missing + ".";
  if (limiting(analysis) != nullptr) finding.evidence.push_back(pool_evidence(*limiting(analysis)));
  add_exit_evidence(analysis, finding);
  return finding;
}

std::optional<Finding> contributing_workers_finding(const Analysis& analysis) {
  const auto relief = worker_relief_of(analysis);
  if (!relief || relief->suffices || !under_pressure(analysis)) return std::nullopt;
  const auto& pool = *limiting(analysis);
  if (ratio(relief->freed, pool.peak) < 0.05) return std::nullopt;  // not worth a line
  return Finding{
      "dataloader_workers",
      memory_severity(analysis),
      fmt::format("{} DataLoader worker{} held {}, which alone is not enough", relief->count,
                  relief->count == 1 ? "" : "s", format_bytes(relief->freed)),
      relief->main_was_growing
          ? std::string{"Ending them frees memory, but the main process was still growing: it "
                        "would have "
                        "filled the room later."}
          : fmt::format("Without them the peak would still have been about {} of {}.",
                        format_bytes(pool.peak - relief->freed), format_bytes(pool.limit)),
      0.7,
      relief->evidence};
}

}  // namespace tidemark
