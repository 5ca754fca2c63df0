#include <gtest/gtest.h>

#include <map>

#include "jobconfig/jobconfig.h"

namespace tidemark {
namespace {

using Environment = std::map<std::string, std::string>;

ResolvedSettings resolve(std::string_view process_yaml, const Environment& environment = {},
                         SettingsOverrides overrides = {}) {
  const auto config = JobConfig::parse(
      "config:\n  process:\n    - " + std::string{process_yaml} + "\n", "job.yaml");
  EXPECT_TRUE(config) << config.error().message;
  const auto look_up = [&environment](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional{found->second};
  };
  return resolve_settings(overrides, look_up, config ? &*config : nullptr);
}

std::string only_warning(const ResolvedSettings& resolved) {
  EXPECT_EQ(resolved.warnings.size(), 1u);
  return resolved.warnings.empty() ? "" : resolved.warnings[0];
}

TEST(Settings, without_anything_the_defaults_hold) {
  const auto resolved = resolve_settings({}, nullptr, nullptr);
  EXPECT_EQ(resolved.settings, MonitoringSettings{});
  EXPECT_TRUE(resolved.warnings.empty());
  EXPECT_TRUE(resolve("{type: x}").warnings.empty());
  EXPECT_TRUE(resolve("{monitoring: }").warnings.empty());
}

TEST(Settings, every_key_of_the_config_is_read) {
  const auto resolved = resolve(
      "{performance_log_every: 10, monitoring: {enabled: false, sample_interval_seconds: 2.5, "
      "track_per_process: no, "
      "analyze_on_complete: off, memory_warning_threshold: 0.7, memory_critical_threshold: 0.8}}");
  EXPECT_EQ(resolved.settings, (MonitoringSettings{false, 2.5, false, false, 0.7, 0.8, 10}));
  EXPECT_TRUE(resolved.warnings.empty());
}

TEST(Settings, every_key_has_an_environment_variable) {
  const auto resolved = resolve("{type: x}", {{"TIDEMARK_ENABLED", "0"},
                                              {"TIDEMARK_SAMPLE_INTERVAL_SECONDS", "2.5"},
                                              {"TIDEMARK_TRACK_PER_PROCESS", "No"},
                                              {"TIDEMARK_ANALYZE_ON_COMPLETE", " false "},
                                              {"TIDEMARK_MEMORY_WARNING_THRESHOLD", "0.7"},
                                              {"TIDEMARK_MEMORY_CRITICAL_THRESHOLD", "0.8"},
                                              {"TIDEMARK_PERFORMANCE_LOG_EVERY", "10"}});
  EXPECT_EQ(resolved.settings, (MonitoringSettings{false, 2.5, false, false, 0.7, 0.8, 10}));
  EXPECT_TRUE(resolved.warnings.empty());
}

TEST(Settings, command_line_beats_environment_beats_config) {
  const auto* config = "{monitoring: {sample_interval_seconds: 1}}";
  const Environment environment{{"TIDEMARK_SAMPLE_INTERVAL_SECONDS", "2"}};
  EXPECT_EQ(resolve(config).settings.sample_interval_seconds, 1);
  EXPECT_EQ(resolve(config, environment).settings.sample_interval_seconds, 2);
  EXPECT_EQ(resolve(config, environment, {3.0}).settings.sample_interval_seconds, 3);
  EXPECT_EQ(
      resolve(config, {{"TIDEMARK_SAMPLE_INTERVAL_SECONDS", ""}}).settings.sample_interval_seconds,
      1);
}

TEST(Settings, a_value_out_of_range_names_key_place_value_and_what_is_used) {
  const auto resolved = resolve("{monitoring: {sample_interval_seconds: 0.05}}");
  EXPECT_EQ(resolved.settings.sample_interval_seconds, 5);
  EXPECT_EQ(only_warning(resolved),
            "config.process[0].monitoring.sample_interval_seconds (line 3) is \"0.05\", but a "
            "number from 0.1 to 3600 is "
            "expected; using 5, the default");
}

TEST(Settings, a_value_of_the_wrong_type_is_refused) {
  EXPECT_EQ(only_warning(resolve("{monitoring: {enabled: maybe}}")),
            "config.process[0].monitoring.enabled (line 3) is \"maybe\", but true or false is "
            "expected; using true, the "
            "default");
  for (const auto* config :
       {"{monitoring: {sample_interval_seconds: '5'}}",
        "{monitoring: {sample_interval_seconds: true}}",
        "{monitoring: {sample_interval_seconds: [5]}}",
        "{monitoring: {sample_interval_seconds: .nan}}",
        "{monitoring: {memory_warning_threshold: 0}}",
        "{monitoring: {memory_warning_threshold: 85}}", "{monitoring: {track_per_process: 1}}",
        "{performance_log_every: -1}", "{performance_log_every: 2.5}"}) {
    const auto resolved = resolve(config);
    EXPECT_EQ(resolved.settings, MonitoringSettings{}) << config;
    EXPECT_EQ(resolved.warnings.size(), 1u) << config;
  }
}

TEST(Settings, a_bad_value_leaves_the_decision_to_the_next_source) {
  const auto resolved = resolve("{monitoring: {sample_interval_seconds: 7}}",
                                {{"TIDEMARK_SAMPLE_INTERVAL_SECONDS", "often"}});
  EXPECT_EQ(resolved.settings.sample_interval_seconds, 7);
  EXPECT_EQ(only_warning(resolved),
            "environment variable TIDEMARK_SAMPLE_INTERVAL_SECONDS is \"often\", but a number from "
            "0.1 to 3600 is expected; "
            "using 7 from config.process[0].monitoring.sample_interval_seconds (line 3)");
}

TEST(Settings, a_bad_interval_on_the_command_line_is_warned_of) {
  const auto resolved = resolve("{type: x}", {}, {0.0});
  EXPECT_EQ(resolved.settings.sample_interval_seconds, 5);
  EXPECT_TRUE(only_warning(resolved).starts_with("--interval is \"0\""));
}

TEST(Settings, an_unknown_key_is_named_with_the_nearest_known_one) {
  EXPECT_EQ(only_warning(resolve("{monitoring: {sample_intervall_seconds: 2}}")),
            "config.process[0].monitoring (line 3) has no key \"sample_intervall_seconds\"; it is "
            "ignored. Did you mean "
            "\"sample_interval_seconds\"?");
  EXPECT_NE(only_warning(resolve("{monitoring: {Enable: 2}}")).find("\"enabled\""),
            std::string::npos);
  EXPECT_NE(only_warning(resolve("{monitoring: {memory-warning-threshold: 2}}"))
                .find("\"memory_warning_threshold\""),
            std::string::npos);
  EXPECT_TRUE(only_warning(resolve("{monitoring: {colour: blue}}"))
                  .ends_with("has no key \"colour\"; it is ignored"));
}

TEST(Settings, performance_log_every_inside_the_section_is_pointed_to_its_place) {
  const auto resolved = resolve("{monitoring: {performance_log_every: 10}}");
  EXPECT_EQ(resolved.settings.performance_log_every, 0);
  EXPECT_NE(only_warning(resolved).find("config.process[0].performance_log_every"),
            std::string::npos);
}

TEST(Settings, a_section_that_is_no_mapping_is_warned_of) {
  const auto resolved = resolve("{monitoring: false}");
  EXPECT_EQ(resolved.settings, MonitoringSettings{});
  EXPECT_NE(only_warning(resolved).find("is \"false\", but a mapping is expected"),
            std::string::npos);
  EXPECT_NE(only_warning(resolve("{monitoring: [1]}")).find("\"a list\""), std::string::npos);
}

TEST(Settings, thresholds_in_the_wrong_order_return_to_their_defaults) {
  const auto resolved =
      resolve("{monitoring: {memory_warning_threshold: 0.9, memory_critical_threshold: 0.6}}");
  EXPECT_EQ(resolved.settings, MonitoringSettings{});
  EXPECT_EQ(only_warning(resolved),
            "memory_warning_threshold (0.9) has to be below memory_critical_threshold (0.6); using "
            "the defaults 0.85 and "
            "0.95 for both");
  EXPECT_EQ(resolve("{monitoring: {memory_warning_threshold: 1, memory_critical_threshold: 1}}")
                .warnings.size(),
            1u);
}

TEST(Settings, hostile_keys_and_values_are_shortened_and_masked) {
  const auto resolved = resolve("{monitoring: {enabled: \"hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345" +
                                std::string(5000, 'x') + "\", \"\\e[31mred\": 1}}");
  ASSERT_EQ(resolved.warnings.size(), 2u);
  for (const auto& warning : resolved.warnings) {
    EXPECT_LT(warning.size(), 300u);
    EXPECT_EQ(warning.find('\x1B'), std::string::npos);
    EXPECT_EQ(warning.find("hf_Ab"), std::string::npos);
  }
}

TEST(Settings, a_flood_of_unknown_keys_is_not_a_flood_of_warnings) {
  std::string section = "{monitoring: {";
  for (int i = 0; i < 1000; ++i) section += "key" + std::to_string(i) + ": 1, ";
  EXPECT_EQ(resolve(section + "}}").warnings.size(), 20u);
}

}  // namespace
}  // namespace tidemark
