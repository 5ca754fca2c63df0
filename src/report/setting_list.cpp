#include "report/setting_list.h"

namespace tidemark {
namespace {

void collect(const JobConfig& config, const std::string& path,
             std::map<std::string, ConfigValue>& settings) {
  if (const auto value = config.get(path)) {
    settings.emplace(path, *value);
    return;
  }
  if (const auto count = config.list_size(path))
    for (std::size_t i = 0; i < *count; ++i)
      collect(config, path + "[" + std::to_string(i) + "]", settings);
  for (const auto& key : config.keys(path))
    if (!key.empty() && key.find_first_of(".[]") == std::string::npos)
      collect(config, path.empty() ? key : path + "." + key, settings);
}

}  // namespace

std::map<std::string, ConfigValue> all_settings(const JobConfig& config) {
  std::map<std::string, ConfigValue> settings;
  collect(config, "", settings);
  return settings;
}

}  // namespace tidemark
