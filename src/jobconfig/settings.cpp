// Where each setting may stand, and what it may be: one table.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

#include "core/secrets.h"
#include "core/text.h"
#include "core/utf8.h"
#include "jobconfig/edit_distance.h"
#include "jobconfig/jobconfig.h"

namespace tidemark {
namespace {

using Settings = MonitoringSettings;
using Field = std::variant<bool Settings::*, double Settings::*, std::int64_t Settings::*>;

struct Key {
  std::string_view name;
  std::string_view environment;
  Field field;
  double lowest;  // numbers only
  double highest;
  bool above_lowest;  // `lowest` itself is not allowed
};

constexpr std::string_view kProcess = "config.process[0]";
constexpr std::string_view kSection = "config.process[0].monitoring";
constexpr std::string_view kLogEvery =
    "performance_log_every";  // ai-toolkit's own key, beside the section

constexpr std::array kKeys{
    Key{"enabled", "TIDEMARK_ENABLED", &Settings::enabled, 0, 0, false},
    Key{"sample_interval_seconds", "TIDEMARK_SAMPLE_INTERVAL_SECONDS",
        &Settings::sample_interval_seconds, 0.1, 3600, false},
    Key{"track_per_process", "TIDEMARK_TRACK_PER_PROCESS", &Settings::track_per_process, 0, 0,
        false},
    Key{"analyze_on_complete", "TIDEMARK_ANALYZE_ON_COMPLETE", &Settings::analyze_on_complete, 0, 0,
        false},
    Key{"memory_warning_threshold", "TIDEMARK_MEMORY_WARNING_THRESHOLD",
        &Settings::memory_warning_ratio, 0, 1, true},
    Key{"memory_critical_threshold", "TIDEMARK_MEMORY_CRITICAL_THRESHOLD",
        &Settings::memory_critical_ratio, 0, 1, true},
    Key{kLogEvery, "TIDEMARK_PERFORMANCE_LOG_EVERY", &Settings::performance_log_every, 0, 1e9,
        false},
};

/// A value on its way in: what was found, as typed as its source is.
struct Found {
  std::string place{};  // "environment TIDEMARK_ENABLED", "config.process[0]... (line 12)"
  std::string text{};   // as written
  std::optional<bool> flag{};
  std::optional<double> number{};
};

std::string default_text(const Key& key) {
  const Settings defaults;
  return std::visit([&](auto field) { return fmt::format("{}", defaults.*field); }, key.field);
}

std::string expectation(const Key& key) {
  if (std::holds_alternative<bool Settings::*>(key.field)) return "true or false is expected";
  const bool whole = std::holds_alternative<std::int64_t Settings::*>(key.field);
  return fmt::format("a {} {} {} {} {} is expected", whole ? "whole number" : "number",
                     key.above_lowest ? "above" : "from", key.lowest,
                     key.above_lowest ? "up to" : "to", key.highest);
}

bool in_range(const Key& key, double number) {
  return number <= key.highest && (key.above_lowest ? number > key.lowest : number >= key.lowest);
}

/// False when the value does not fit the key; nothing is changed then. NaN fits no range.
bool assign(const Key& key, const Found& found, Settings& settings) {
  if (const auto* flag = std::get_if<bool Settings::*>(&key.field)) {
    if (found.flag) settings.*(*flag) = *found.flag;
    return found.flag.has_value();
  }
  if (!found.number || !in_range(key, *found.number)) return false;
  if (const auto* number = std::get_if<double Settings::*>(&key.field)) {
    settings.*(*number) = *found.number;
    return true;
  }
  if (std::trunc(*found.number) != *found.number) return false;
  settings.*std::get<std::int64_t Settings::*>(key.field) =
      static_cast<std::int64_t>(*found.number);
  return true;
}

std::string lower(std::string_view text) {
  std::string folded{text};
  for (char& c : folded)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return folded;
}

std::optional<bool> flag_of(std::string_view text) {
  const std::string word = lower(text);
  for (const auto* yes : {"1", "true", "yes", "on"})
    if (word == yes) return true;
  for (const auto* no : {"0", "false", "no", "off"})
    if (word == no) return false;
  return std::nullopt;
}

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{number}
                                                                  : std::nullopt;
}

/// An empty variable is as good as none.
std::optional<Found> found_in_environment(const Key& key, const std::optional<std::string>& value) {
  const std::string_view text = value ? trimmed(*value, " \t\r\n") : std::string_view{};
  if (text.empty()) return std::nullopt;
  return Found{fmt::format("environment variable {}", key.environment), std::string{text},
               flag_of(text), number_of(text)};
}

std::string config_place(const JobConfig& config, std::string_view path) {
  const std::int32_t line = config.line_of(path);
  return line > 0 ? fmt::format("{} (line {})", path, line) : std::string{path};
}

/// A key without a value (null) is as good as none.
std::optional<Found> found_in_config(const Key& key, const JobConfig* config) {
  if (config == nullptr) return std::nullopt;
  const std::string path =
      fmt::format("{}.{}", key.name == kLogEvery ? kProcess : kSection, key.name);
  const auto value = config->get(path);
  if (!config->has(path) || (value && std::holds_alternative<std::monostate>(*value)))
    return std::nullopt;
  return Found{config_place(*config, path), config->text_of(path), config->get_bool(path),
               config->get_number(path)};
}

/// A foreign value made fit for a message.
std::string shown(std::string_view text) {
  constexpr std::size_t kMostShown = 60;
  return "\"" + to_valid_utf8(mask_secrets(text.substr(0, 4 * kMostShown)), kMostShown) + "\"";
}

bool is_known(std::string_view name) {
  return name != kLogEvery &&
         std::ranges::any_of(kKeys, [name](const Key& key) { return key.name == name; });
}

std::string suggestion_for(std::string_view name) {
  std::string normal = lower(name.substr(0, 64));
  std::ranges::replace(normal, '-', '_');
  std::ranges::replace(normal, ' ', '_');
  const Key* nearest = nullptr;
  std::size_t distance = 4;  // further away it would be a guess
  for (const auto& key : kKeys) {
    const std::size_t found = edit_distance(normal, key.name);
    if (found >= distance || found * 2 > key.name.size()) continue;
    nearest = &key;
    distance = found;
  }
  if (nearest == nullptr) return "; it is ignored";
  if (nearest->name == kLogEvery)
    return fmt::format("; it belongs one level up, at {}.{}", kProcess, kLogEvery);
  return fmt::format("; it is ignored. Did you mean \"{}\"?", nearest->name);
}

void warn_of_section(const JobConfig* config, std::vector<std::string>& warnings) {
  if (config == nullptr || !config->has(kSection)) return;
  if (const auto scalar = config->get(kSection);
      scalar && std::holds_alternative<std::monostate>(*scalar))
    return;
  if (!config->is_mapping(kSection)) {
    warnings.push_back(
        fmt::format("{} is {}, but a mapping is expected; its defaults are used. To turn "
                    "monitoring off, write enabled: false in it",
                    config_place(*config, kSection), shown(config->text_of(kSection))));
    return;
  }
  constexpr std::size_t kMostWarnings = 20;
  for (const auto& name : config->keys(kSection)) {
    if (is_known(name) || warnings.size() >= kMostWarnings) continue;
    warnings.push_back(fmt::format("{} has no key {}{}", config_place(*config, kSection),
                                   shown(name), suggestion_for(name)));
  }
}

void resolve_key(const Key& key, std::span<const std::optional<Found>> sources,
                 ResolvedSettings& resolved) {
  std::vector<const Found*> refused;
  std::string used = default_text(key) + ", the default";
  for (const auto& source : sources) {
    if (!source) continue;
    if (assign(key, *source, resolved.settings)) {
      used = fmt::format("{} from {}", source->text, source->place);
      break;
    }
    refused.push_back(&*source);
  }
  for (const Found* found : refused)
    resolved.warnings.push_back(fmt::format("{} is {}, but {}; using {}", found->place,
                                            shown(found->text), expectation(key), used));
}

/// The lower line has to come first, or the run would be critical before it is worth a warning.
void order_thresholds(ResolvedSettings& resolved) {
  Settings& settings = resolved.settings;
  if (settings.memory_warning_ratio < settings.memory_critical_ratio) return;
  const Settings defaults;
  resolved.warnings.push_back(
      fmt::format("memory_warning_threshold ({}) has to be below memory_critical_threshold ({}); "
                  "using the defaults {} and {} for both",
                  settings.memory_warning_ratio, settings.memory_critical_ratio,
                  defaults.memory_warning_ratio, defaults.memory_critical_ratio));
  settings.memory_warning_ratio = defaults.memory_warning_ratio;
  settings.memory_critical_ratio = defaults.memory_critical_ratio;
}

std::optional<Found> found_in_command_line(const Key& key, const SettingsOverrides& overrides) {
  if (key.name != "sample_interval_seconds" || !overrides.sample_interval_seconds)
    return std::nullopt;
  const double value = *overrides.sample_interval_seconds;
  return Found{"--interval", fmt::format("{}", value), std::nullopt, value};
}

}  // namespace

ResolvedSettings resolve_settings(
    const SettingsOverrides& overrides,
    const std::function<std::optional<std::string>(const std::string&)>& environment,
    const JobConfig* config) {
  ResolvedSettings resolved;
  warn_of_section(config, resolved.warnings);
  for (const auto& key : kKeys) {
    const auto variable = environment ? environment(std::string{key.environment}) : std::nullopt;
    const std::array sources{found_in_command_line(key, overrides),
                             found_in_environment(key, variable), found_in_config(key, config)};
    resolve_key(key, sources, resolved);
  }
  order_thresholds(resolved);
  return resolved;
}

}  // namespace tidemark
