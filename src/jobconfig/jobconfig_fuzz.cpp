// Any bytes: parsing ends, the getters answer, and what is shown is valid JSON without control
// characters.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "jobconfig/jobconfig.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tidemark::JobConfig;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto config = JobConfig::parse(text, "fuzz");
  if (!config) return config.error().message.empty() ? std::abort(), 0 : 0;
  const std::string json = config->redacted_json();
  if (const auto again = JobConfig::parse(json, "own output"); !again) std::abort();
  // The input as a path too: its first line.
  const std::string_view path = text.substr(0, text.find('\n'));
  (void)config->get(path);
  (void)config->get_integer(path);
  (void)config->keys(path);
  (void)config->name();
  const auto resolved = tidemark::resolve_settings({}, nullptr, &*config);
  if (!(resolved.settings.memory_warning_ratio < resolved.settings.memory_critical_ratio))
    std::abort();
  if (!(resolved.settings.sample_interval_seconds >= 0.1)) std::abort();
  return 0;
}
