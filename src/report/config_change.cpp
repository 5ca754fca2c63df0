#include "report/config_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/secrets.h"
#include "core/text.h"
#include "report/config_value_json.h"
#include "report/line_diff.h"
#include "report/report.h"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

std::vector<SettingChange> last_of_each_path(const std::vector<SettingChange>& changes) {
  std::vector<SettingChange> kept;
  for (const auto& change : changes) {
    const auto known = std::ranges::find(kept, change.path, &SettingChange::path);
    if (known == kept.end())
      kept.push_back(change);
    else
      known->value = change.value;
  }
  return kept;
}

/// The file may have changed since the run: what is applied then was predicted from other settings.
std::optional<std::string> warning_of_other_settings(const ConfigText& config, const Recipe& now,
                                                     const Analysis& analysis) {
  if (!analysis.recipe) return std::nullopt;
  for (const auto* path : {&now.train.batch_size.path, &now.train.optimizer.path,
                           &now.model.quantize.path, &now.train.gradient_checkpointing.path})
    if (value_at(now, *path) != value_at(*analysis.recipe, *path))
      return fmt::format(
          "{} is not what the run had any more ({} differs): the predictions are of "
          "the run's settings",
          config.name, *path);
  return std::nullopt;
}

}  // namespace

Result<std::vector<SettingChange>> chosen_changes(const Analysis& analysis,
                                                  const std::vector<std::string>& only) {
  if (only.empty()) {
    if (!analysis.plan)
      return fail(Errc::not_found,
                  "there is no plan for this run (its report says what was found); name "
                  "recommendations by their ids");
    return analysis.plan->changes;
  }
  std::vector<SettingChange> changes;
  for (const auto& id : only) {
    const auto found = std::ranges::find(analysis.recommendations, id, &Recommendation::id);
    if (found == analysis.recommendations.end())
      return fail(Errc::not_found, fmt::format("no recommendation {} for this run", id));
    if (found->changes.empty())
      return fail(Errc::invalid,
                  fmt::format("{} is no setting of the config: {}", id, found->action));
    changes.insert(changes.end(), found->changes.begin(), found->changes.end());
  }
  return changes;
}

Result<ConfigChange> change_config(const Report& report, ConfigText config,
                                   std::vector<SettingChange> changes) {
  const auto parsed = JobConfig::parse(config.text, config.name);
  if (!parsed) return std::unexpected(parsed.error());
  const auto recipe = read_recipe(*parsed);
  if (!recipe) return fail(Errc::invalid, config.name + ": not a config of a client that is known");
  ConfigChange change{.changes = last_of_each_path(changes)};
  std::vector<ConfigEdit> edits;
  for (const auto& one : change.changes) edits.push_back({one.path, one.value});
  auto edited = edit_config(config.text, edits);
  if (!edited) return fail(edited.error().code, config.name + ": " + edited.error().message);
  change.after = std::move(*edited);
  change.difference = line_diff(config.text, change.after, config.name);
  change.warning = warning_of_other_settings(config, *recipe, report.analysis);
  if (auto prediction = ask_whatif(report, change.changes))
    change.prediction = std::move(*prediction);
  change.has_secrets = parsed->redacted_json().contains(kRedacted) ||
                       mask_secrets(config.text) != config.text;  // comments are in no tree
  change.is_json = trimmed(config.text, " \t\r\n\xEF\xBB\xBF").starts_with('{');
  change.before = std::move(config);
  return change;
}

std::string config_change_json(const ConfigChange& change, int indent) {
  return Json{{"name", change.before.name},
              {"language", change.is_json ? "json" : "yaml"},
              {"config", change.after},
              {"difference", change.difference},
              {"settings", changes_json(change.changes)},
              {"warning", change.warning ? Json(*change.warning) : Json(nullptr)},
              {"prediction",
               change.prediction ? Json::parse(whatif_json(*change.prediction)) : Json(nullptr)}}
      .dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tidemark
