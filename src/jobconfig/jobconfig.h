// A job's config file: settings by path, the client's defaults, and what may be shown of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.h"
#include "telemetry/settings.h"

namespace tidemark {

/// A scalar of the config; monostate is null.
using ConfigValue = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

class JobConfig {
 public:
  /// YAML or JSON by content. Errors name the file and the line.
  static Result<JobConfig> load(const std::filesystem::path& file);
  static Result<JobConfig> parse(std::string_view text, std::string_view name_for_messages);
  JobConfig(JobConfig&&) noexcept;
  JobConfig& operator=(JobConfig&&) noexcept;
  ~JobConfig();

  /// `path` as ai-toolkit's own UI writes it: "config.process[0].datasets[1].num_workers". Absent when
  /// nothing stands there or when it is a list or a mapping.
  std::optional<ConfigValue> get(std::string_view path) const;
  std::optional<std::int64_t> get_integer(std::string_view path) const;
  std::optional<double> get_number(std::string_view path) const;
  std::optional<bool> get_bool(std::string_view path) const;
  std::optional<std::string> get_string(std::string_view path) const;
  /// Length of the list at `path`; absent when there is none.
  std::optional<std::size_t> list_size(std::string_view path) const;
  /// Keys of the mapping at `path`; empty when there is none.
  std::vector<std::string> keys(std::string_view path) const;

  /// `config.name`, else empty.
  std::string name() const;
  /// True when it has ai-toolkit's shape (`config.process` is a list).
  bool is_aitoolkit() const;
  /// The whole config as JSON, with values of keys that look like secrets (token, key, password, ...)
  /// and user:password parts of URLs replaced by "[redacted]".
  std::string redacted_json() const;

 private:
  struct State;
  explicit JobConfig(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// First argument of a command line that is an existing YAML or JSON file with a job config's shape.
std::optional<std::filesystem::path> find_config_in_command(const std::vector<std::string>& command,
                                                            const std::filesystem::path& working_directory);

/// The values of the command line; unset ones fall through.
struct SettingsOverrides {
  std::optional<double> sample_interval_seconds{};
};

struct ResolvedSettings {
  MonitoringSettings settings{};
  std::vector<std::string> warnings{};  // each names the key, its value and the default used instead
};

/// In this order: command line, environment (TIDEMARK_SAMPLE_INTERVAL_SECONDS and so on, one for each
/// key), `config.process[0].monitoring` with `performance_log_every` beside it, default.
ResolvedSettings resolve_settings(const SettingsOverrides& overrides,
                                  const std::function<std::optional<std::string>(const std::string&)>& environment,
                                  const JobConfig* config);

}  // namespace tidemark
