#include "analysis/analysis.h"

#include <algorithm>
#include <cmath>

#include "analysis/breakdown.h"
#include "analysis/findings.h"
#include "analysis/verdict.h"

namespace tidemark {
namespace {

// Over this share of the pool advice is critical, before the badge turns red (design: section 6).
constexpr double kCriticalSeverityRatio = 0.90;

double started_at(const RunFacts& facts) {
  const double anchor = facts.info.anchor.unix_seconds(facts.info.anchor.boot);
  if (anchor > 0) return anchor;
  const double first =
      std::min(facts.first_sample_at.value_or(INFINITY), facts.first_step_at.value_or(INFINITY));
  return std::isfinite(first) ? first : 0;
}

double duration_seconds(const RunFacts& facts) {
  const double start = started_at(facts);
  const double end = facts.end ? facts.end->unix_seconds : facts.last_record_at.value_or(start);
  const double duration = end - start;
  return start > 0 && std::isfinite(duration) && duration > 0 ? duration : 0;
}

// By step numbers, not by rows: a log may give every tenth step only. A rewound run counts its
// progress.
std::optional<double> steps_per_second(const RunFacts& facts) {
  if (!facts.first_step || !facts.last_step || !facts.first_step_at || !facts.last_step_at)
    return std::nullopt;
  const double seconds = *facts.last_step_at - *facts.first_step_at;
  const auto steps = *facts.last_step - *facts.first_step;
  if (steps <= 0 || !(seconds > 0)) return std::nullopt;
  return static_cast<double>(steps) / seconds;
}

std::optional<std::int64_t> total_steps(const RunFacts& facts, const JobConfig* config) {
  if (facts.total_steps || config == nullptr || !config->is_aitoolkit()) return facts.total_steps;
  const auto steps = config->get_integer("config.process[0].train.steps");
  return steps && *steps > 0 ? steps : std::nullopt;
}

std::int64_t dropped_records(const DropCounters& drops) {
  return static_cast<std::int64_t>(drops.total() -
                                   drops.of(Drop::log_bytes));  // bytes are no records
}

Summary summarize(const Analysis& analysis, const JobConfig* config) {
  const auto& facts = analysis.facts;
  Summary summary;
  summary.training_completed = analysis.exit.kind == ExitKind::completed;
  summary.steps_completed = facts.steps_completed;
  summary.total_steps = total_steps(facts, config);
  if (const double start = started_at(facts); start > 0) summary.started_at = start;
  if (facts.end && std::isfinite(facts.end->unix_seconds))
    summary.ended_at = facts.end->unix_seconds;
  summary.duration_minutes = duration_seconds(facts) / 60;
  summary.error_count = facts.error_event_count + facts.log_error_count;
  summary.oom_count = std::max({facts.oom_event_count, facts.log_oom_count,
                                std::int64_t{is_oom(analysis.exit.kind) ? 1 : 0}});
  summary.steps_per_second = steps_per_second(facts);
  summary.dropped_records = dropped_records(facts.drops);
  if (const auto limiting = limiting_pool_of(facts, analysis.exit))
    summary.limiting_pool = facts.pools[*limiting];
  return summary;
}

Health health_of(const Analysis& analysis) {
  const auto& settings = analysis.facts.info.settings;
  const double fraction =
      analysis.summary.limiting_pool ? analysis.summary.limiting_pool->fraction() : 0;
  if (analysis.summary.oom_count > 0 || fraction >= settings.memory_critical_ratio)
    return Health::critical;
  const bool ended_short =
      analysis.exit.kind != ExitKind::completed && analysis.exit.kind != ExitKind::none;
  if (fraction >= settings.memory_warning_ratio || ended_short ||
      has_finding(analysis, "swapping") || has_finding(analysis, "memory_leak") ||
      has_finding(analysis, "worker_memory_leak"))
    return Health::warning;
  return Health::good;
}

}  // namespace

Severity memory_severity(const Analysis& analysis) {
  if (is_oom(analysis.exit.kind)) return Severity::critical;
  if (!analysis.summary.limiting_pool) return Severity::info;
  const double fraction = analysis.summary.limiting_pool->fraction();
  if (fraction > kCriticalSeverityRatio) return Severity::critical;
  return fraction >= analysis.facts.info.settings.memory_warning_ratio ? Severity::warning
                                                                       : Severity::info;
}

Analysis analyze(RunFacts facts, const JobConfig* config, const std::vector<EarlierRun>& earlier) {
  Analysis analysis;
  analysis.facts = std::move(facts);
  analysis.exit =
      analysis.facts.end ? analysis.facts.end->exit : exit_without_end(analysis.facts.unended);
  analysis.status = status_of(analysis.exit.kind);
  analysis.summary = summarize(analysis, config);
  if (config != nullptr) {
    analysis.recipe = read_recipe(*config);
    analysis.model_identity = model_identity(*config);
  }
  const auto* recipe = analysis.recipe ? &*analysis.recipe : nullptr;
  analysis.parts = components_of(analysis.facts, recipe);
  analysis.breakdown = break_down(analysis.facts, analysis.summary.limiting_pool, analysis.parts);
  analysis.own_model = fit_memory_model(analysis, recipe);
  if (analysis.own_model) analysis.model = learn(*analysis.own_model, earlier);
  if (analysis.model && !analysis.model->base && !analysis.model->learned_from.empty()) {
    analysis.parts.activations = analysis.model->parts.activations;
    analysis.breakdown = break_down(analysis.facts, analysis.summary.limiting_pool, analysis.parts);
  }
  if (analysis.facts.machine_peak)
    analysis.ledger =
        ledger_of(*analysis.facts.machine_peak, analysis.facts.baseline, analysis.facts.machine);
  analysis.findings = find_causes(analysis);
  if (!analysis.findings.empty()) analysis.summary.primary_cause = analysis.findings.front().id;
  analysis.summary.health = health_of(analysis);
  analysis.summary.verdict = verdict_of(analysis);
  return analysis;
}

}  // namespace tidemark
