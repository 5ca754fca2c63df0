// Two runs side by side, as JSON and as text.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/component_names.h"
#include "report/config_value_json.h"
#include "report/contract_parts.h"
#include "report/report.h"
#include "report/text_layout.h"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLabelColumns = 24, kValueColumns = 26;

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}
Json or_null(const std::optional<Bytes>& value) {
  return value ? Json(to_gib(*value)) : Json(nullptr);
}
Json or_null(const std::optional<ConfigValue>& value) {
  return value ? config_value_json(*value) : Json(nullptr);
}

Json run_json(const ComparedRun& run) {
  const auto& summary = run.summary;
  const auto& pool = summary.limiting_pool;
  Json json{{"id", run.job_id},
            {"name", run.job_name},
            {"run", run.run},
            {"host", run.host},
            {"status", name_of(run.status)},
            {"health_score", name_of(summary.health)},
            {"verdict", summary.verdict},
            {"primary_cause", or_null(summary.primary_cause)},
            {"pool", pool ? Json(pool->name) : Json(nullptr)},
            {"limit_gb", pool ? Json(to_gib(pool->limit)) : Json(nullptr)},
            {"peak_memory_gb", pool ? Json(to_gib(pool->peak)) : Json(nullptr)},
            {"peak_fraction", pool ? Json(pool->fraction()) : Json(nullptr)},
            {"steps_completed", summary.steps_completed},
            {"duration_minutes", summary.duration_minutes},
            {"steps_per_second", or_null(summary.steps_per_second)},
            {"seconds_per_step", or_null(run.seconds_per_step)},
            {"data_wait_share", or_null(run.data_wait_share)}};
  add_thresholds(json, run.settings);
  return json;
}

/// A table's line: what it is of, and the value of either run.
std::string row(std::string_view label, std::string_view a, std::string_view b) {
  return fmt::format("  {:<{}} {:<{}} {}\n", printable(label, kLabelColumns), kLabelColumns,
                     printable(a, kValueColumns), kValueColumns, printable(b, kValueColumns));
}

template <class Value, class Format>
std::string shown(const std::optional<Value>& value, const Format& format) {
  return value ? format(*value) : std::string{"-"};
}

std::string peak_of(const ComparedRun& run) {
  const auto& pool = run.summary.limiting_pool;
  return pool ? fmt::format("{} / {} ({})", format_bytes(pool->peak), format_bytes(pool->limit),
                            format_percent(pool->fraction()))
              : "-";
}

std::string pool_of(const ComparedRun& run) {
  return run.summary.limiting_pool ? run.summary.limiting_pool->name : "-";
}

std::string end_of(const ComparedRun& run) {
  auto text = std::string{name_of(run.status)};
  if (run.summary.primary_cause) text += ", " + *run.summary.primary_cause;
  return text;
}

std::string head(const RunComparison& both) {
  const auto& [a, b] = std::tie(both.a, both.b);
  const bool by_id = a.job_name == b.job_name && a.job_id != b.job_id;
  const auto name = [by_id](const ComparedRun& run) {
    return fmt::format("{} #{}", printable(by_id ? run.job_id : run.job_name, kValueColumns - 6),
                       run.run);
  };
  const auto rate = [](double value) { return fmt::format("{:.3g}/s", value); };
  const auto seconds = [](double value) { return fmt::format("{:.3g} s", value); };
  return row("", name(a), name(b)) + row("ended", end_of(a), end_of(b)) +
         row("peak", peak_of(a), peak_of(b)) + row("pool", pool_of(a), pool_of(b)) +
         row("steps", std::to_string(a.summary.steps_completed),
             std::to_string(b.summary.steps_completed)) +
         row("duration", format_duration(a.summary.duration_minutes * 60),
             format_duration(b.summary.duration_minutes * 60)) +
         row("speed", shown(a.summary.steps_per_second, rate),
             shown(b.summary.steps_per_second, rate)) +
         row("step", shown(a.seconds_per_step, seconds), shown(b.seconds_per_step, seconds)) +
         row("waiting for data", shown(a.data_wait_share, format_percent),
             shown(b.data_wait_share, format_percent));
}

std::string settings_text(const RunComparison& both) {
  if (!both.has_configs) return "Settings: the config of both runs is not known.\n";
  auto text = fmt::format("Settings: {} differ, {} are the same.\n", both.settings.size(),
                          both.same_settings);
  for (const auto& [path, a, b] : both.settings)
    text += fmt::format("  {}: {} -> {}\n", escape_for_terminal(path),
                        printable(shown(a, config_value_text), 60),
                        printable(shown(b, config_value_text), 60));
  return text;
}

}  // namespace

std::string comparison_json(const RunComparison& comparison, int indent) {
  Json settings = Json::array(), versions = Json::array(), breakdown = Json::array();
  for (const auto& [path, a, b] : comparison.settings)
    settings.push_back({{"config_path", path}, {"a", or_null(a)}, {"b", or_null(b)}});
  for (const auto& [name, a, b] : comparison.versions)
    versions.push_back({{"name", name}, {"a", or_null(a)}, {"b", or_null(b)}});
  for (const auto& [component, a, b] : comparison.breakdown)
    breakdown.push_back({{"component", component}, {"a_gb", or_null(a)}, {"b_gb", or_null(b)}});
  return Json{{"a", run_json(comparison.a)},
              {"b", run_json(comparison.b)},
              {"settings", comparison.has_configs ? std::move(settings) : Json(nullptr)},
              {"same_settings", comparison.same_settings},
              {"versions", std::move(versions)},
              {"breakdown", std::move(breakdown)}}
      .dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string comparison_text(const RunComparison& comparison) {
  auto text = head(comparison) + settings_text(comparison);
  if (!comparison.breakdown.empty()) text += "Breakdown of the peaks:\n";
  for (const auto& [component, a, b] : comparison.breakdown)
    text += row(people_name(component), shown(a, format_bytes), shown(b, format_bytes));
  if (!comparison.versions.empty()) text += "Versions:\n";
  for (const auto& [name, a, b] : comparison.versions)
    text += row(name, a.value_or("-"), b.value_or("-"));
  return text;
}

}  // namespace tidemark
