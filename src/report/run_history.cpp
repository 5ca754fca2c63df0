#include "report/run_history.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/config_value_json.h"
#include "report/model_json.h"

namespace tidemark {
namespace {

// A dozen runs of a model say what there is to say; each costs a few predictions.
constexpr std::size_t kMostEarlierRuns = 16;
constexpr std::size_t kMostOtherChanges = 8;

std::optional<JobConfig> parse_stored(const std::string& config_json) {
  auto config = JobConfig::parse(config_json, "the stored config");
  return config ? std::optional{std::move(*config)} : std::nullopt;
}

std::optional<EarlierRun> earlier_run_of(const ModelOfRun& stored) {
  const auto config = parse_stored(stored.config_json);
  auto recipe = config ? read_recipe(*config) : std::nullopt;
  if (!recipe) return std::nullopt;
  auto model = parse_model(stored.left.model, std::move(*recipe));
  if (!model) return std::nullopt;
  return EarlierRun{{stored.job_id, stored.job_name, stored.run_number}, std::move(*model)};
}

double begun_at(const Analysis& analysis) {
  const auto& anchor = analysis.facts.info.anchor;
  return anchor.unix_seconds(anchor.boot);
}

const PoolPeak* pool_of(const Analysis& analysis, const StoredPrediction& said) {
  const auto found = std::ranges::find_if(analysis.facts.pools, [&](const PoolPeak& pool) {
    return name_of(pool.kind) == said.pool && pool.index == said.pool_index;
  });
  return found == analysis.facts.pools.end() ? nullptr : &*found;
}

/// Whether the run came far enough to say something of its memory.
bool says_something(const Analysis& analysis) {
  return analysis.facts.step_count > 0 || is_oom(analysis.exit.kind);
}

std::vector<std::string> other_changes(const PredictionOfRun& found, const JobConfig& config) {
  const auto before = parse_stored(found.config_json);
  if (!before) return {};
  auto paths = other_differences(*before, config);
  if (paths.size() > kMostOtherChanges) paths.resize(kMostOtherChanges);
  return paths;
}

}  // namespace

Result<std::vector<EarlierRun>> load_earlier_runs(Store& store, const JobConfig* config,
                                                  std::string_view host,
                                                  double before_unix_seconds) {
  std::vector<EarlierRun> runs;
  const auto identity = config == nullptr ? std::string{} : model_identity(*config);
  if (identity.empty()) return runs;
  const auto stored = store.models({identity, host, before_unix_seconds}, kMostEarlierRuns);
  if (!stored) return std::unexpected(stored.error());
  for (const auto& one : *stored)
    if (auto run = earlier_run_of(one)) runs.push_back(std::move(*run));
  return runs;
}

Result<std::optional<PredictionCheck>> check_prediction(Store& store, const Analysis& analysis,
                                                        const JobConfig* config) {
  if (config == nullptr || !analysis.recipe || !says_something(analysis)) return std::nullopt;
  const auto found =
      store.prediction({analysis.model_identity, analysis.facts.info.host, begun_at(analysis)},
                       memory_settings(*analysis.recipe));
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::nullopt;
  const auto& said = (*found)->said;
  const auto* pool = pool_of(analysis, said);
  if (pool == nullptr || pool->peak.count <= 0) return std::nullopt;
  return PredictionCheck{.source = said.source,
                         .job = (*found)->job_name,
                         .run = (*found)->run_number,
                         .made_at = said.made_at,
                         .changes = said.changes,
                         .low = said.low,
                         .likely = said.likely,
                         .high = said.high,
                         .actual = pool->peak,
                         .at_least = analysis.exit.kind != ExitKind::completed,
                         .other_changes = other_changes(**found, *config)};
}

StoredModel model_left_by(const Report& report) {
  const auto& analysis = report.analysis;
  // What a run that goes on has come to is no measure of its settings.
  if (!analysis.own_model || !analysis.facts.end || analysis.model_identity.empty()) return {};
  return {.identity = analysis.model_identity,
          .settings = memory_settings(analysis.own_model->recipe),
          .model = model_json(*analysis.own_model)};
}

StoredPrediction prediction_to_keep(const Analysis& analysis, const Recipe& settings,
                                    std::string_view source,
                                    const std::vector<SettingChange>& changes, double now) {
  const auto peak = predict(*analysis.model, settings).peak;
  const auto& pool = *analysis.summary.limiting_pool;
  return {.made_at = now,
          .source = std::string{source},
          .settings = memory_settings(settings),
          .changes = changes_json(changes).dump(-1, ' ', false,
                                                nlohmann::ordered_json::error_handler_t::replace),
          .pool = std::string{name_of(pool.kind)},
          .pool_index = pool.index,
          .low = to_bytes(peak.low),
          .likely = to_bytes(peak.likely),
          .high = to_bytes(peak.high)};
}

std::vector<StoredPrediction> predictions_of(const Analysis& analysis, double now) {
  std::vector<StoredPrediction> all;
  if (!analysis.model || !analysis.recipe || !analysis.summary.limiting_pool) return all;
  const auto add = [&](std::string_view source, const std::vector<SettingChange>& changes) {
    auto settings = *analysis.recipe;
    for (const auto& change : changes)
      if (!apply_change(settings, change)) return;  // its effect is not the model's to say
    all.push_back(prediction_to_keep(analysis, settings, source, changes, now));
  };
  for (const auto& advice : analysis.recommendations)
    if (advice.predicted_peak && !advice.changes.empty()) add("recommendation", advice.changes);
  if (analysis.plan) add("plan", analysis.plan->changes);  // last: it takes the place of the same
  return all;
}

}  // namespace tidemark
