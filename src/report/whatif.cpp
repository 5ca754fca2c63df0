#include "report/whatif.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/config_value_json.h"
#include "report/report.h"

namespace tidemark {
namespace {

using Parts = std::vector<std::pair<std::string, Bytes>>;

/// Where a change is taken from when its own part is not shown: what holds it unseen.
bool holds_the_unseen(const Parts::value_type& part) {
  return part.first == "main_process" || part.first == "gpu_tensors" || part.first == "gpu_memory";
}

/// The measured parts, each as the prediction changes it; the rest of a change is a part of its
/// own.
Parts changed_breakdown(const Analysis& analysis, const Prediction& then) {
  Parts parts;
  for (const auto& part : analysis.breakdown) parts.emplace_back(part.component, part.held);
  for (const auto& change : then.changes) {
    const auto bytes = to_bytes(change.bytes.likely);
    auto found = std::ranges::find(parts, change.component, &Parts::value_type::first);
    if (found == parts.end() || found->second + bytes < Bytes{})
      found = std::ranges::find_if(parts, holds_the_unseen);
    if (found != parts.end())
      found->second = std::max(found->second + bytes, Bytes{});
    else
      parts.emplace_back(std::string{change.component}, std::max(bytes, Bytes{}));
  }
  return parts;
}

/// What a reader may turn the setting to: the other way, half and twice, another word.
std::vector<ConfigValue> alternatives(const AdjustableSetting& setting) {
  if (const auto* flag = std::get_if<bool>(&setting.value)) return {!*flag};
  if (const auto* count = std::get_if<std::int64_t>(&setting.value))
    return {*count / 2, *count < INT64_MAX / 2 ? *count * 2 : *count, std::int64_t{1}};
  return {setting.choices.begin(), setting.choices.end()};
}

bool moves_peak(const MemoryModel& model, const Recipe& before, const AdjustableSetting& setting) {
  const auto peak = predict(model, before).peak;
  return std::ranges::any_of(alternatives(setting), [&](const ConfigValue& value) {
    auto changed = before;
    return apply_change(changed, {setting.path, value}) && !(predict(model, changed).peak == peak);
  });
}

std::vector<WhatifSetting> settings_to_turn(const MemoryModel& model, const Recipe& before) {
  std::vector<WhatifSetting> settings;
  for (auto& setting : adjustable_settings(before)) {
    const bool moves = moves_peak(model, before, setting);
    settings.push_back({std::move(setting), moves});
  }
  return settings;
}

std::string why_no_model(const Analysis& analysis) {
  return analysis.recipe ? "no memory pool with a limit was seen in this run: nothing to predict "
                           "from"
                         : "the run has no config of a client that is known (ai-toolkit's): its "
                           "settings cannot be told";
}

}  // namespace

std::string whole_setting_path(std::string path) {
  return path.starts_with("config.") ? path : "config.process[0]." + path;
}

Result<Whatif> ask_whatif(const Report& report, std::vector<SettingChange> changes,
                          const std::optional<Recipe>& recipe) {
  const auto& analysis = report.analysis;
  if (!analysis.model || !analysis.summary.limiting_pool)
    return fail(Errc::not_found, why_no_model(analysis));
  const auto& model = *analysis.model;
  Whatif answer{.job_name = analysis.facts.info.job_name,
                .run = report.run.number,
                .pool = *analysis.summary.limiting_pool,
                .learned_from = model.learned_from,
                .learned = learned_sentence(model),
                .not_known = model.not_known};
  const auto before = recipe.value_or(model.asked);
  auto changed = before;
  for (const auto& change : changes) {
    answer.current.push_back(value_at(before, change.path).value_or(ConfigValue{}));
    if (!apply_change(changed, change))
      return fail(Errc::invalid,
                  fmt::format("{}={}: no setting with a known effect on memory has this path, or "
                              "the value is of another kind or none that a trainer takes",
                              change.path, config_value_text(change.value)));
  }
  answer.changes = std::move(changes);
  answer.adjustable = settings_to_turn(model, before);
  answer.then = predict(model, changed);
  answer.then.changes = difference(predict(model, before), answer.then);
  answer.breakdown = changed_breakdown(analysis, answer.then);
  answer.settings = std::move(changed);
  answer.target = to_bytes(analysis.facts.info.settings.memory_warning_ratio *
                           static_cast<double>(answer.pool.limit.count));
  return answer;
}

}  // namespace tidemark
