// A job's config file: settings by path, what may be shown of it, and what it says about
// monitoring. A config is hostile input: its size, its depth and what its aliases stand for are
// bounded.
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
  /// YAML or JSON by content, JSON also with comments. Of a YAML stream the first document.
  /// Refused: more than 16 MiB, 100 levels or 500,000 values (aliases expanded), anything but a
  /// regular file. Errors name the file and the line.
  static Result<JobConfig> load(const std::filesystem::path& file);
  static Result<JobConfig> parse(std::string_view text, std::string_view name_for_messages);
  JobConfig(JobConfig&&) noexcept;
  JobConfig& operator=(JobConfig&&) noexcept;
  ~JobConfig();

  /// `path` as ai-toolkit's own UI writes it: "config.process[0].datasets[1].num_workers"; the
  /// empty path is the whole config. Absent when nothing stands there, when it is a list or a
  /// mapping, and for a path that is malformed. Unquoted scalars are typed as PyYAML types them
  /// (yes/no/on/off are flags), but "1e-4" is a number, as in ai-toolkit; quoted ones are text.
  std::optional<ConfigValue> get(std::string_view path) const;
  /// Also of a number without a fraction ("2.0", "1e3").
  std::optional<std::int64_t> get_integer(std::string_view path) const;
  std::optional<double> get_number(std::string_view path) const;
  std::optional<bool> get_bool(std::string_view path) const;
  std::optional<std::string> get_string(std::string_view path) const;
  /// Length of the list at `path`; absent when there is none.
  std::optional<std::size_t> list_size(std::string_view path) const;
  /// Keys of the mapping at `path`; empty when there is none.
  std::vector<std::string> keys(std::string_view path) const;
  /// True when anything stands at `path`, null included.
  bool has(std::string_view path) const;
  bool is_mapping(std::string_view path) const;
  /// For messages: the scalar at `path` as written, "a list" or "a mapping"; empty: none.
  std::string text_of(std::string_view path) const;
  /// The line on which the value at `path` begins, from 1; 0 when unknown (JSON).
  std::int32_t line_of(std::string_view path) const;

  /// `config.name` as written, else empty.
  std::string name() const;
  /// True when it has ai-toolkit's shape (`config.process` is a list).
  bool is_aitoolkit() const;
  /// The whole config as JSON, with values of keys that look like secrets (token, key, password),
  /// user:password parts of URLs and known token shapes replaced by "[redacted]". NaN and infinity
  /// are null there; what is not UTF-8 becomes U+FFFD.
  std::string redacted_json() const;

 private:
  struct State;
  explicit JobConfig(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct ConfigEdit {
  std::string path{};
  ConfigValue value{};
};

/// The config's text with these values changed and nothing else: comments, order, quotes and line
/// ends stay. YAML stays YAML, JSON (with comments too) stays JSON. A key that is not there is put
/// before the first one of its mapping. Errors: malformed; invalid where a value cannot be changed
/// alone (behind an alias, a block of text), which name the path.
Result<std::string> edit_config(std::string_view text, const std::vector<ConfigEdit>& edits);

/// What an unquoted word means in a config: "4", "true", "bf16".
ConfigValue value_of_words(std::string_view text);

/// The config file that a command line names. Looked at: each argument that is no option, and FILE
/// of "--any=FILE", relative to `working_directory` and its folder "config", with one of the
/// endings .json, .jsonc, .yaml, .yml, which may be left out. The first with ai-toolkit's shape
/// wins; where none has it, the last mapping that follows "--config", "-c", "--config_file" and the
/// like (then with any ending), which is the trainer's own behind a launcher's ("accelerate launch
/// --config_file ..."). Never read: folders, devices, FIFOs, files over 16 MiB.
std::optional<std::filesystem::path> find_config_in_command(
    const std::vector<std::string>& command, const std::filesystem::path& working_directory);

/// The values of the command line; unset ones fall through.
struct SettingsOverrides {
  std::optional<double> sample_interval_seconds{};
};

struct ResolvedSettings {
  MonitoringSettings settings{};
  /// Each names the key, where it stands, its value, and what is used instead.
  std::vector<std::string> warnings{};
};

/// In this order: command line, environment (TIDEMARK_SAMPLE_INTERVAL_SECONDS and so on, one for
/// each key), `config.process[0].monitoring` with `performance_log_every` beside it, default. A
/// value that cannot be used is warned of and passed over, so the next source in this order
/// decides. `config` may be null.
ResolvedSettings resolve_settings(
    const SettingsOverrides& overrides,
    const std::function<std::optional<std::string>(const std::string&)>& environment,
    const JobConfig* config);

}  // namespace tidemark
