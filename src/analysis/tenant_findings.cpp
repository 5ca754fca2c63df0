// Another program holds what was missing.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/findings.h"
#include "analysis/tenants.h"

namespace tidemark {
namespace {

// Whoever holds less than this share of the peak is no cause of it.
constexpr double kWorthNaming = 0.02;

// What a run that died at its limit would have needed is not known: some room is asked for.
constexpr double kRoomAfterOom = 0.90;

bool suffices(const Analysis& analysis, Bytes freed) {
  const auto& pool = *analysis.summary.limiting_pool;
  const double warning = analysis.facts.info.settings.memory_warning_ratio;
  const double most = ended_by_oom(analysis) ? std::max(kRoomAfterOom, warning) : warning;
  return ratio(pool.peak - freed, pool.limit) <= most;
}

bool under_pressure(const Analysis& analysis) {
  return analysis.summary.limiting_pool &&
         (ended_by_oom(analysis) || memory_severity(analysis) != Severity::info);
}

std::vector<Evidence> evidence_of(const std::vector<PoolTenant>& tenants, const PoolPeak& pool,
                                  double at) {
  std::vector<Evidence> evidence;
  for (const auto& tenant : tenants) {
    if (ratio(tenant.held, pool.peak) < kWorthNaming) continue;
    auto one = bytes_evidence(
        tenant_name(tenant) + " held",
        pool.kind == PoolKind::gpu ? "the GPU driver's list of processes" : "/proc/PID",
        tenant.held);
    one.at = at;
    evidence.push_back(std::move(one));
  }
  return evidence;
}

// The smallest number of programs, largest first, without which the run would have had room.
std::vector<PoolTenant> cheapest(const Analysis& analysis, const std::vector<PoolTenant>& tenants) {
  std::vector<PoolTenant> taken;
  Bytes freed;
  for (const auto& tenant : tenants) {
    taken.push_back(tenant);
    freed += tenant.held;
    if (suffices(analysis, freed)) return taken;
  }
  return {};
}

std::optional<Finding> named_finding(const Analysis& analysis) {
  const auto& pool = *analysis.summary.limiting_pool;
  const auto& sample = *analysis.facts.at_peak;
  const auto tenants = tenants_of(sample, pool);
  const auto blamed = cheapest(analysis, tenants);
  if (blamed.empty()) return std::nullopt;
  Bytes freed;
  for (const auto& tenant : blamed) freed += tenant.held;
  const auto more = blamed.size() - 1;
  Finding finding{
      "other_process",
      memory_severity(analysis),
      more == 0 ? fmt::format("{} held {}", tenant_name(blamed[0]), format_bytes(freed))
                : fmt::format("{} and {} more held {}", tenant_name(blamed[0]), more,
                              format_bytes(freed)),
      fmt::format("{} outside the run. Without {} the peak would have been about {} of {} ({}).",
                  more == 0 ? "It is a program" : "They are programs", more == 0 ? "it" : "them",
                  format_bytes(pool.peak - freed), format_bytes(pool.limit),
                  format_percent(ratio(pool.peak - freed, pool.limit))),
      0.9,
      evidence_of(tenants, pool, sample.unix_seconds)};
  return finding;
}

std::optional<Finding> unnamed_finding(const Analysis& analysis) {
  const auto* others = find_component(analysis, "other_processes");
  const auto kind = analysis.summary.limiting_pool->kind;
  if (others == nullptr || others->basis == Basis::measured || kind != PoolKind::host ||
      !suffices(analysis, others->held))
    return std::nullopt;
  return Finding{
      "other_process",
      memory_severity(analysis),
      fmt::format("{} came from outside the run while it went on", format_bytes(others->held)),
      "The machine's memory filled by what is in none of the run's processes. Which programs these "
      "were is not recorded; the kernel's own memory and files in tmpfs count too.",
      0.4,
      {bytes_evidence("Grown besides the run's processes since the first sample", "samples",
                      others->held)}};
}

}  // namespace

std::optional<Finding> other_process_finding(const Analysis& analysis) {
  if (!under_pressure(analysis) || !analysis.facts.at_peak) return std::nullopt;
  const auto& pool = *analysis.summary.limiting_pool;
  if (pool.kind == PoolKind::process || pool.kind == PoolKind::shm || refused_elsewhere(analysis))
    return std::nullopt;
  auto finding = named_finding(analysis);
  if (!finding) finding = unnamed_finding(analysis);
  if (!finding) return std::nullopt;
  finding->evidence.push_back(pool_evidence(pool));
  add_exit_evidence(analysis, *finding);
  return finding;
}

}  // namespace tidemark
