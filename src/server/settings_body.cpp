#include "server/settings_body.h"

#include <limits>
#include <nlohmann/json.hpp>

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDeepest = 3;
constexpr std::size_t kMostEntries = 1000;

/// Absent: no scalar, or a whole number that no setting is.
std::optional<ConfigValue> scalar_of(const Json& json) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  if (json.is_null()) return ConfigValue{};
  if (json.is_boolean()) return ConfigValue{json.get<bool>()};
  if (json.is_string()) return ConfigValue{json.get<std::string>()};
  if (json.is_number_float()) return ConfigValue{json.get<double>()};
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > static_cast<std::uint64_t>(kMost))
    return std::nullopt;
  if (json.is_number_integer()) return ConfigValue{json.get<std::int64_t>()};
  return std::nullopt;
}

std::unexpected<Error> off(std::string_view what) {
  return fail(
      Errc::invalid,
      std::string{what} + R"(; a body is {"set": {PATH: VALUE}, "only": [ID]}, both optional)");
}

Result<std::vector<std::string>> ids_of(const Json& list) {
  if (!list.is_array() || list.size() > kMostEntries) return off("only: not a list of ids");
  std::vector<std::string> ids;
  for (const auto& id : list) {
    if (!id.is_string()) return off("only: not a list of ids");
    ids.push_back(id.get<std::string>());
  }
  return ids;
}

Result<std::vector<SettingChange>> changes_of(const Json& object) {
  if (!object.is_object() || object.size() > kMostEntries) return off("set: not an object");
  std::vector<SettingChange> changes;
  for (const auto& [path, json] : object.items()) {
    auto value = scalar_of(json);
    if (!value) return off("set: " + path + ": not a value that a setting has");
    changes.push_back({whole_setting_path(path), std::move(*value)});
  }
  return changes;
}

}  // namespace

Result<SettingsBody> parse_settings_body(std::string_view text) {
  bool too_deep = false;
  const auto watch = [&too_deep](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kDeepest;
    return !too_deep;
  };
  const auto json = Json::parse(text, watch, false);
  if (too_deep || !json.is_object()) return off("the body is not a JSON object of this shape");
  SettingsBody body;
  for (const auto& [name, part] : json.items()) {
    if (name == "only") {
      auto ids = ids_of(part);
      if (!ids) return std::unexpected(ids.error());
      body.only = std::move(*ids);
    } else if (name == "set") {
      auto changes = changes_of(part);
      if (!changes) return std::unexpected(changes.error());
      body.set = std::move(*changes);
    } else {
      return off(name + ": not known");
    }
  }
  return body;
}

}  // namespace tidemark
