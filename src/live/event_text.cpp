#include "live/event_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "analysis/analysis.h"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

std::string value_text(const std::string& key, const Json& value) {
  constexpr double kMostGb = 8e9;
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  const double number = value.get<double>();
  if (key.ends_with("_gb") && number > -kMostGb && number < kMostGb)
    return format_bytes(from_gib(number));
  if (key == "fraction") return format_percent(number);
  if (value.is_number_integer()) return value.dump();
  return fmt::format("{:.4g}", number);
}

}  // namespace

std::string event_text(const EventRecord& event) {
  const auto details = Json::parse(event.details, nullptr, false);
  if (!details.is_object()) return {};
  std::string text;
  for (const auto& [key, value] : details.items()) {
    const bool is_text = value.is_string() && !value.get_ref<const std::string&>().empty();
    if (!is_text && !value.is_number() && !value.is_boolean()) continue;
    auto name = key.ends_with("_gb") ? key.substr(0, key.size() - 3) : key;
    for (char& c : name) c = c == '_' ? ' ' : c;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value_text(key, value));
  }
  return text;
}

}  // namespace tidemark
