#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "report/report.h"
#include "support/synthetic_run.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

constexpr const char* kEma = "config.process[0].train.ema_config.use_ema";

Report report_of(const synthetic::Run& run) {
  Report report;
  report.run = {.job_id = "job-1", .number = 2};
  report.analysis = synthetic::analysis_of(run);
  return report;
}

std::int64_t sum_of(const Whatif& answer) {
  return std::accumulate(
      answer.breakdown.begin(), answer.breakdown.end(), std::int64_t{0},
      [](std::int64_t sum, const auto& part) { return sum + part.second.count; });
}

TEST(Whatif, without_ema_its_copy_is_gone_from_peak_and_breakdown) {
  const auto report = report_of({.limit_mib = 737});
  const auto answer = ask_whatif(report, {{kEma, false}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->pool.peak, mib(700));
  EXPECT_EQ(to_bytes(answer->then.peak.likely), mib(660));  // 10 million fp32 parameters
  EXPECT_EQ(answer->current, std::vector<ConfigValue>{true});
  EXPECT_EQ(sum_of(*answer), mib(660).count);
  EXPECT_FALSE(answer->fits()) << "the target is 85% of 737 MiB";
}

TEST(Whatif, without_changes_it_is_the_run_itself) {
  const auto answer = ask_whatif(report_of({}), {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(to_bytes(answer->then.peak.likely), mib(700));
  EXPECT_TRUE(answer->then.changes.empty());
  EXPECT_TRUE(answer->fits());
  EXPECT_TRUE(whatif_text(*answer).contains("nothing that is in this peak changes"));
}

TEST(Whatif, it_says_what_can_be_turned_and_what_of_it_moves_the_peak) {
  const auto answer = ask_whatif(report_of({}), {{kEma, false}});
  ASSERT_TRUE(answer);
  const auto setting = [&](std::string_view path) {
    return std::ranges::find_if(answer->adjustable,
                                [&](const auto& one) { return one.setting.path == path; });
  };
  const auto ema = setting(kEma);
  ASSERT_NE(ema, answer->adjustable.end());
  EXPECT_EQ(ema->setting.value, ConfigValue{true}) << "what the run had, not what is asked";
  EXPECT_TRUE(ema->moves_peak);
  const auto batch = setting("config.process[0].train.batch_size");
  ASSERT_NE(batch, answer->adjustable.end());
  EXPECT_TRUE(batch->moves_peak);
  const auto sample = setting("config.process[0].sample.width");
  ASSERT_NE(sample, answer->adjustable.end());
  EXPECT_FALSE(sample->moves_peak) << "this run drew no samples";
  const auto json = Json::parse(whatif_json(*answer));
  EXPECT_EQ(json["adjustable"].size(), answer->adjustable.size());
}

TEST(Whatif, a_path_without_a_known_effect_is_refused_by_its_name) {
  for (const ConfigValue& value : {ConfigValue{std::string{"red"}}, ConfigValue{std::int64_t{1}}}) {
    const auto answer = ask_whatif(report_of({}), {{"config.process[0].train.colour", value}});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::invalid);
    EXPECT_TRUE(answer.error().message.starts_with("config.process[0].train.colour="));
  }
  EXPECT_FALSE(ask_whatif(report_of({}), {{kEma, std::string{"maybe"}}})) << "another kind";
}

TEST(Whatif, a_run_without_a_model_says_why) {
  Report report;
  report.analysis = analyze(RunFacts{}, nullptr);
  const auto answer = ask_whatif(report, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::not_found);
  EXPECT_TRUE(answer.error().message.contains("no config of a client"));
}

TEST(Whatif, the_json_has_settings_peak_and_parts) {
  const auto answer = ask_whatif(report_of({.limit_mib = 737}), {{kEma, false}});
  const auto json = Json::parse(whatif_json(*answer));
  EXPECT_EQ(json["run"], 2);
  EXPECT_EQ(json["settings"][0]["config_path"], kEma);
  EXPECT_EQ(json["settings"][0]["current_value"], true);
  EXPECT_EQ(json["settings"][0]["value"], false);
  EXPECT_NEAR(json["predicted_peak_gb"].get<double>(), 660.0 / 1024, 1e-9);
  EXPECT_EQ(json["changes"][0]["component"], "ema");
  EXPECT_EQ(json["fits"], false);
}

TEST(Whatif, short_paths_are_the_first_process_s) {
  EXPECT_EQ(whole_setting_path("train.batch_size"), "config.process[0].train.batch_size");
  EXPECT_EQ(whole_setting_path("config.process[1].train.dtype"), "config.process[1].train.dtype");
}

}  // namespace
}  // namespace tidemark
