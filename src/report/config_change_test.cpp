#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "advice/advice.h"
#include "report/report.h"
#include "support/synthetic_run.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

constexpr const char* kYaml =
    "# mine\njob: extension\nconfig:\n  name: x\n  process:\n    - device: cpu\n"
    "      train:\n        batch_size: 4 # as large as fits\n        optimizer: adamw\n"
    "        ema_config:\n          use_ema: true\n";

Report advised(const synthetic::Run& run) {
  Report report;
  report.analysis = synthetic::analysis_of(run);
  auto advice = advise(report.analysis);
  report.analysis.recommendations = std::move(advice.recommendations);
  report.analysis.plan = std::move(advice.plan);
  return report;
}

const Report& pressed() {
  static const auto report = advised({.limit_mib = 737});
  return report;
}

TEST(ConfigChange, the_named_recommendation_changes_its_line_alone) {
  const auto changes = chosen_changes(pressed().analysis, {"disable_ema"});
  ASSERT_TRUE(changes) << changes.error().message;
  const auto change = change_config(pressed(), {"job.yaml", kYaml}, *changes);
  ASSERT_TRUE(change) << change.error().message;
  std::string expected{kYaml};
  expected.replace(expected.find("use_ema: true"), 13, "use_ema: false");
  EXPECT_EQ(change->after, expected);
  EXPECT_TRUE(change->difference.contains("-          use_ema: true\n+          use_ema: false\n"));
  EXPECT_FALSE(change->is_json);
  ASSERT_TRUE(change->prediction);
  EXPECT_EQ(to_bytes(change->prediction->then.peak.likely), mib(660));
}

TEST(ConfigChange, without_names_it_is_the_plan) {
  const auto changes = chosen_changes(pressed().analysis, {});
  ASSERT_TRUE(changes);
  ASSERT_EQ(changes->size(), pressed().analysis.plan->changes.size());
  const auto change = change_config(pressed(), {"job.yaml", kYaml}, *changes);
  ASSERT_TRUE(change);
  EXPECT_TRUE(change->prediction->fits());
}

TEST(ConfigChange, what_cannot_be_chosen_says_why) {
  const auto unknown = chosen_changes(pressed().analysis, {"paint_it_red"});
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(unknown.error().message.contains("paint_it_red"));
  const auto roomy = advised({.limit_mib = 4000});
  EXPECT_EQ(chosen_changes(roomy.analysis, {}).error().code, Errc::not_found);
}

TEST(ConfigChange, of_one_path_the_last_value_counts) {
  const auto change = change_config(pressed(), {"job.yaml", kYaml},
                                    {{"config.process[0].train.batch_size", std::int64_t{2}},
                                     {"config.process[0].train.batch_size", std::int64_t{1}}});
  ASSERT_TRUE(change);
  EXPECT_EQ(change->changes.size(), 1U);
  EXPECT_TRUE(change->after.contains("batch_size: 1 # as large as fits"));
}

TEST(ConfigChange, a_config_that_was_edited_since_is_warned_of) {
  const auto same = change_config(pressed(), {"job.yaml", kYaml}, {});
  EXPECT_FALSE(same->warning);
  std::string other{kYaml};
  other.replace(other.find("batch_size: 4"), 13, "batch_size: 8");
  const auto edited = change_config(pressed(), {"job.yaml", other}, {});
  ASSERT_TRUE(edited->warning);
  EXPECT_TRUE(edited->warning->contains("batch_size"));
}

TEST(ConfigChange, a_file_that_is_no_config_is_not_shown) {
  for (const char* text : {"root:x:0:0:root\n", "{}", "[1, 2]", ""}) {
    const auto change = change_config(pressed(), {"secrets", text}, {});
    ASSERT_FALSE(change) << text;
    EXPECT_TRUE(change.error().message.starts_with("secrets"));
  }
}

TEST(ConfigChange, secrets_in_the_file_are_told_of) {
  EXPECT_FALSE(change_config(pressed(), {"job.yaml", kYaml}, {})->has_secrets);
  const auto secret = std::string{kYaml} + "      hf_token: hf_abcdefghijklmnopqrstuvwxyz\n";
  EXPECT_TRUE(change_config(pressed(), {"job.yaml", secret}, {})->has_secrets);
}

TEST(ConfigChange, the_json_has_what_a_page_shows) {
  const auto changes = chosen_changes(pressed().analysis, {"disable_ema"});
  const auto change = change_config(pressed(), {"job.yaml", kYaml}, *changes);
  const auto json = Json::parse(config_change_json(*change));
  EXPECT_EQ(json["language"], "yaml");
  EXPECT_EQ(json["settings"][0]["value"], false);
  EXPECT_TRUE(json["config"].get<std::string>().starts_with("# mine\n"));
  EXPECT_NEAR(json["prediction"]["predicted_peak_gb"].get<double>(), 660.0 / 1024, 1e-9);
  EXPECT_TRUE(json["warning"].is_null());
}

}  // namespace
}  // namespace tidemark
