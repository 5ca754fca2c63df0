#include "advice/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <tuple>
#include <utility>

#include "advice/advice.h"
#include "advice/setting_advice.h"

namespace tidemark {
namespace {

// What is no setting, or none of a config that is known. Where two answer findings of the same
// rank, the order here decides.
constexpr std::array kLimitRules{raise_process_limit, enlarge_shm};
constexpr std::array kRules{fix_leak, stop_other_process, allocator_setting, raise_container_limit};
constexpr std::array kSpeedRules{feed_faster, sample_less_often, save_less_often, larger_batch,
                                 checkpointing_off};

std::size_t rank_of(const Analysis& analysis, const Recommendation& advice) {
  const auto found = std::ranges::find(analysis.findings, advice.finding, &Finding::id);
  return static_cast<std::size_t>(found - analysis.findings.begin());
}

// Of what answers the same finding, what the plan takes comes first.
void rank(const Analysis& analysis, const std::optional<Plan>& plan,
          std::vector<Recommendation>& advice) {
  const auto is_planned = [&plan](const Recommendation& one) {
    return plan && std::ranges::find(plan->recommendations, one.id) != plan->recommendations.end();
  };
  int priority = 0;
  for (auto& one : advice) one.priority = ++priority;  // the order in which the rules answered
  std::ranges::sort(advice, {}, [&](const Recommendation& one) {
    const bool urgent = one.severity != Severity::info;
    return std::tuple{!urgent, rank_of(analysis, one), !is_planned(one), one.priority};
  });
  priority = 0;
  for (auto& one : advice) one.priority = ++priority;
}

}  // namespace

Advice advise(const Analysis& analysis) {
  Advice advice;
  auto& all = advice.recommendations;
  for (const AdviceRule rule : kLimitRules)
    if (auto one = rule(analysis)) all.push_back(std::move(*one));
  auto settings = advise_settings(analysis);
  if (!analysis.model)
    if (auto one = fewer_workers(analysis)) all.push_back(std::move(*one));
  std::ranges::move(settings.recommendations, std::back_inserter(all));
  for (const AdviceRule rule : kRules)
    if (auto one = rule(analysis)) all.push_back(std::move(*one));
  for (const AdviceRule rule : kSpeedRules)
    if (auto one = rule(analysis)) all.push_back(std::move(*one));
  // Of what grows with every step, settings say only when it reaches the limit.
  if (!names_finding(analysis, "memory_leak")) advice.plan = std::move(settings.plan);
  rank(analysis, advice.plan, all);
  advice.left_out = std::move(settings.left_out);
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
