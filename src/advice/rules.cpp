#include "advice/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "advice/advice.h"

namespace tidemark {
namespace {

// The whole rule book. Where two answer findings of the same rank, the order here decides.
constexpr std::array<AdviceRule, 4> kRules{raise_process_limit, enlarge_shm, fewer_workers,
                                           raise_container_limit};

std::size_t rank_of(const Analysis& analysis, const Recommendation& advice) {
  const auto found = std::ranges::find(analysis.findings, advice.finding, &Finding::id);
  return static_cast<std::size_t>(found - analysis.findings.begin());
}

}  // namespace

std::vector<Recommendation> advise(const Analysis& analysis, const JobConfig* config) {
  std::vector<Recommendation> advice;
  for (const AdviceRule rule : kRules)
    if (auto recommendation = rule(analysis, config)) advice.push_back(std::move(*recommendation));
  int priority = 0;
  for (auto& recommendation : advice)
    recommendation.priority = ++priority;  // the table's order, first
  std::ranges::sort(advice, {}, [&analysis](const Recommendation& one) {
    return std::pair{rank_of(analysis, one), one.priority};
  });
  priority = 0;
  for (auto& recommendation : advice) recommendation.priority = ++priority;
  return advice;
}

bool names_finding(const Analysis& analysis, std::string_view id) {
  return std::ranges::find(analysis.findings, id, &Finding::id) != analysis.findings.end();
}

const PoolPeak* pressed_pool(const Analysis& analysis) {
  const auto& pool = analysis.summary.limiting_pool;
  const bool pressed = is_oom(analysis.exit.kind) || memory_severity(analysis) != Severity::info;
  return pool && pressed ? &*pool : nullptr;
}

Bytes limit_for(const Analysis& analysis, Bytes peak) {
  const double ratio = analysis.facts.info.settings.memory_warning_ratio;
  const double needed = static_cast<double>(peak.count) / (ratio > 0 ? std::min(ratio, 1.0) : 1.0);
  const auto unit = needed < static_cast<double>(kBytesPerGib) ? kBytesPerMib : kBytesPerGib;
  const auto units = static_cast<std::int64_t>(std::ceil(needed / static_cast<double>(unit)));
  return {units * unit};
}

Evidence peak_evidence(const PoolPeak& pool) {
  return {.text = fmt::format("The peak was {} of {} ({}, {})", format_bytes(pool.peak),
                              format_bytes(pool.limit), format_percent(pool.fraction()), pool.name),
          .source = "samples",
          .value = to_gib(pool.peak),
          .unit = "GB",
          .at = pool.at};
}

}  // namespace tidemark
