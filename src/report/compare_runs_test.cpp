#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/report.h"
#include "support/synthetic_run.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

Report report_of(const synthetic::Run& run, std::string id) {
  Report report;
  report.run = {.job_id = std::move(id)};
  report.analysis = synthetic::analysis_of(run);
  report.analysis.facts.info.config_json = synthetic::config_of(run).redacted_json();
  report.analysis.facts.info.tidemark_version = "0.1.0";
  return report;
}

const SettingPair* find(const RunComparison& both, std::string_view path) {
  const auto found = std::ranges::find(both.settings, path, &SettingPair::path);
  return found == both.settings.end() ? nullptr : &*found;
}

TEST(CompareRuns, a_run_beside_itself_differs_in_nothing) {
  const auto report = report_of({}, "a");
  const auto both = compare_runs(report, report);
  EXPECT_TRUE(both.settings.empty());
  EXPECT_GE(both.same_settings, 8U);
  for (const auto& part : both.breakdown) EXPECT_EQ(part.a, part.b) << part.component;
}

TEST(CompareRuns, settings_that_differ_are_listed_with_both_values) {
  const auto both = compare_runs(report_of({}, "a"),
                                 report_of({.train = "batch_size: 2, optimizer: adamw"}, "b"));
  const auto* batch = find(both, "config.process[0].train.batch_size");
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(batch->a, ConfigValue{std::int64_t{4}});
  EXPECT_EQ(batch->b, ConfigValue{std::int64_t{2}});
  EXPECT_EQ(find(both, "config.process[0].train.optimizer"), nullptr);
}

TEST(CompareRuns, what_one_config_leaves_out_is_compared_by_the_default) {
  const auto both = compare_runs(report_of({.train = "batch_size: 1, own_word: 7"}, "a"),
                                 report_of({.train = "optimizer: adamw8bit"}, "b"));
  EXPECT_EQ(find(both, "config.process[0].train.batch_size"), nullptr) << "1 is the default";
  const auto* unknown = find(both, "config.process[0].train.own_word");
  ASSERT_NE(unknown, nullptr);
  EXPECT_FALSE(unknown->b) << "no default of it is known";
}

TEST(CompareRuns, peaks_and_parts_stand_side_by_side) {
  const auto both =
      compare_runs(report_of({.training_mib = 700}, "a"), report_of({.training_mib = 600}, "b"));
  EXPECT_EQ(both.a.summary.limiting_pool->peak, mib(700));
  EXPECT_EQ(both.b.summary.limiting_pool->peak, mib(600));
  Bytes a{}, b{};
  for (const auto& part : both.breakdown) {
    a += part.a.value_or(Bytes{});
    b += part.b.value_or(Bytes{});
  }
  EXPECT_EQ(a, mib(700));
  EXPECT_EQ(b, mib(600));
  EXPECT_EQ(both.a.seconds_per_step, 1.0);
}

TEST(CompareRuns, versions_come_from_us_and_from_events) {
  auto a = report_of({}, "a"), b = report_of({}, "b");
  b.events = {{.event = {.type = "versions", .details = R"({"torch": "2.6.0", "odd": 1})"}},
              {.event = {.type = "versions", .details = "no json"}}};
  const auto both = compare_runs(a, b);
  ASSERT_EQ(both.versions.size(), 2U);
  EXPECT_EQ(both.versions[0].name, "tidemark");
  EXPECT_EQ(both.versions[1].name, "torch");
  EXPECT_FALSE(both.versions[1].a);
  EXPECT_EQ(both.versions[1].b, "2.6.0");
}

TEST(CompareRuns, without_a_config_nothing_is_said_of_settings) {
  Report none;
  none.analysis = analyze(RunFacts{}, nullptr);
  const auto both = compare_runs(none, report_of({}, "b"));
  EXPECT_FALSE(both.has_configs);
  const auto json = Json::parse(comparison_json(both));
  EXPECT_TRUE(json["settings"].is_null());
  EXPECT_TRUE(json["a"]["peak_memory_gb"].is_null());
  EXPECT_TRUE(comparison_text(both).contains("not known"));
}

TEST(CompareRuns, text_for_people_is_harmless) {
  auto a = report_of({}, "a");
  a.analysis.facts.info.job_name = "\x1b[31mred";
  const auto text = comparison_text(compare_runs(a, report_of({.training_mib = 600}, "b")));
  EXPECT_FALSE(text.contains('\x1b'));
  EXPECT_TRUE(text.contains("700 MB / 1000 MB"));
  EXPECT_TRUE(text.contains("600 MB / 1000 MB"));
}

TEST(CompareRuns, jobs_of_one_name_are_told_apart_by_their_ids) {
  const auto text = comparison_text(compare_runs(report_of({}, "first"), report_of({}, "second")));
  EXPECT_TRUE(text.contains("first #1"));
  EXPECT_TRUE(text.contains("second #1"));
}

TEST(CompareRuns, the_json_has_both_runs_and_their_differences) {
  const auto json = Json::parse(comparison_json(compare_runs(
      report_of({}, "a"), report_of({.train = "batch_size: 2, optimizer: adamw"}, "b"))));
  EXPECT_EQ(json["a"]["id"], "a");
  EXPECT_EQ(json["b"]["steps_completed"], 40);
  EXPECT_EQ(json["versions"][0]["a"], "0.1.0");
  EXPECT_FALSE(json["settings"].empty());
  EXPECT_FALSE(json["breakdown"].empty());
}

}  // namespace
}  // namespace tidemark
