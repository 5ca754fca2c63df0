// What a journal's label says: JSON, written by a monitor or by a trainer that is alone.
#include <nlohmann/json.hpp>

#include "monitor/monitor.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostLabelBytes = tidemark_label_bytes - 24;

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace

std::string encode(const JournalLabel& label) {
  Json json{{"job_id", label.job_id}, {"job_name", label.job_name.substr(0, 1000)}};
  auto& databases = json["databases"] = Json::array();
  std::string text;
  for (const auto& database : label.databases) {
    databases.push_back(database.string());
    auto longer = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (longer.size() > kMostLabelBytes) break;
    text = std::move(longer);
  }
  return text;
}

JournalLabel decode_journal_label(std::string_view text) {
  const auto json = Json::parse(text, nullptr, false);
  JournalLabel label;
  if (!json.is_object()) return label;
  label.job_id = text_at(json, "job_id");
  label.job_name = text_at(json, "job_name");
  if (auto only = text_at(json, "database"); !only.empty()) label.databases.emplace_back(only);
  const auto databases = json.find("databases");
  if (databases == json.end() || !databases->is_array()) return label;
  for (const auto& database : *databases)
    if (database.is_string()) label.databases.emplace_back(database.get<std::string>());
  return label;
}

}  // namespace tidemark
