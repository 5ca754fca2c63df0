// A setting's value, and changes of settings, as JSON. Private to report.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <variant>
#include <vector>

#include "jobconfig/jobconfig.h"
#include "recipe/recipe.h"

namespace tidemark {

/// Null for none, and for a number that is not finite.
inline nlohmann::ordered_json config_value_json(const ConfigValue& value) {
  return std::visit(
      [](const auto& held) -> nlohmann::ordered_json {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::monostate>) {
          return nullptr;
        } else if constexpr (std::is_same_v<Held, double>) {
          return std::isfinite(held) ? nlohmann::ordered_json(held) : nlohmann::ordered_json();
        } else {
          return held;
        }
      },
      value);
}

/// In their order: an array of path and value.
inline nlohmann::ordered_json changes_json(const std::vector<SettingChange>& changes) {
  auto array = nlohmann::ordered_json::array();
  for (const auto& change : changes)
    array.push_back({{"config_path", change.path}, {"value", config_value_json(change.value)}});
  return array;
}

/// A setting's value as people write it: text without quotes, "none" for none.
inline std::string config_value_text(const ConfigValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (std::holds_alternative<std::monostate>(value)) return "none";
  return config_value_json(value).dump();
}

}  // namespace tidemark
