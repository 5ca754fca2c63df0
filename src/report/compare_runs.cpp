#include "report/compare_runs.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "report/report.h"
#include "report/setting_list.h"

namespace tidemark {
namespace {

/// A run's config as written, and what it leaves to the client's defaults.
struct Settings {
  std::map<std::string, ConfigValue> written{};
  std::optional<Recipe> recipe{};

  std::optional<ConfigValue> at(const std::string& path) const {
    if (const auto found = written.find(path); found != written.end()) return found->second;
    return recipe ? value_at(*recipe, path) : std::nullopt;
  }
};

std::optional<Settings> settings_of(const Report& report) {
  const auto& text = report.analysis.facts.info.config_json;
  if (text.empty()) return std::nullopt;
  const auto config = JobConfig::parse(text, "the stored config");
  if (!config) return std::nullopt;
  return Settings{all_settings(*config), read_recipe(*config)};
}

void compare_settings(const Report& a, const Report& b, RunComparison& comparison) {
  const auto of_a = settings_of(a), of_b = settings_of(b);
  comparison.has_configs = of_a && of_b;
  if (!comparison.has_configs) return;
  auto paths = of_a->written;
  paths.insert(of_b->written.begin(), of_b->written.end());
  for (const auto& [path, ignored] : paths) {
    SettingPair pair{path, of_a->at(path), of_b->at(path)};
    if (pair.a == pair.b)
      ++comparison.same_settings;
    else
      comparison.settings.push_back(std::move(pair));
  }
}

std::map<std::string, std::string> versions_of(const Report& report) {
  std::map<std::string, std::string> versions;
  if (const auto& ours = report.analysis.facts.info.tidemark_version; !ours.empty())
    versions["tidemark"] = ours;
  for (const auto& [event, used] : report.events) {
    if (event.type != "versions") continue;
    const auto details = nlohmann::json::parse(event.details, nullptr, false);
    if (!details.is_object()) continue;
    for (const auto& [name, version] : details.items())
      if (version.is_string()) versions[name] = version.get<std::string>();
  }
  return versions;
}

std::optional<std::string> found_in(const std::map<std::string, std::string>& all,
                                    const std::string& name) {
  const auto found = all.find(name);
  return found == all.end() ? std::nullopt : std::optional{found->second};
}

std::vector<VersionPair> compared_versions(const Report& a, const Report& b) {
  const auto of_a = versions_of(a), of_b = versions_of(b);
  auto names = of_a;
  names.insert(of_b.begin(), of_b.end());
  std::vector<VersionPair> pairs;
  for (const auto& [name, ignored] : names)
    pairs.push_back({name, found_in(of_a, name), found_in(of_b, name)});
  return pairs;
}

std::int64_t change_of(const ComponentPair& pair) {
  return std::abs(pair.a.value_or(Bytes{}).count - pair.b.value_or(Bytes{}).count);
}

std::vector<ComponentPair> compared_breakdowns(const Analysis& a, const Analysis& b) {
  std::vector<ComponentPair> pairs;
  for (const auto& part : a.breakdown) pairs.push_back({part.component, part.held, std::nullopt});
  for (const auto& part : b.breakdown) {
    const auto known = std::ranges::find(pairs, part.component, &ComponentPair::component);
    if (known == pairs.end())
      pairs.push_back({part.component, std::nullopt, part.held});
    else
      known->b = part.held;
  }
  std::ranges::stable_sort(pairs, std::greater{}, change_of);
  return pairs;
}

ComparedRun compared_run(const Report& report) {
  const auto& analysis = report.analysis;
  const auto& steps = analysis.facts.shape.steps;
  ComparedRun run{.job_id = report.run.job_id,
                  .job_name = analysis.facts.info.job_name,
                  .run = std::max<std::int64_t>(report.run.number, 1),
                  .status = analysis.status,
                  .host = analysis.facts.info.host,
                  .summary = analysis.summary,
                  .settings = analysis.facts.info.settings};
  if (run.job_name.empty()) run.job_name = run.job_id;
  if (steps.timed_steps > 0)
    run.seconds_per_step = steps.step_seconds / static_cast<double>(steps.timed_steps);
  if (steps.waited_steps > 0 && steps.waited_step_seconds > 0)
    run.data_wait_share = steps.wait_seconds / steps.waited_step_seconds;
  return run;
}

}  // namespace

RunComparison compare_runs(const Report& a, const Report& b) {
  RunComparison comparison{.a = compared_run(a), .b = compared_run(b)};
  compare_settings(a, b, comparison);
  comparison.versions = compared_versions(a, b);
  comparison.breakdown = compared_breakdowns(a.analysis, b.analysis);
  return comparison;
}

}  // namespace tidemark
