#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "report/recorded_errors.h"
#include "report/report.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

Report empty_report() {
  Report report;
  report.run.job_id = "job-1";
  report.analysis = analyze(RunFacts{}, nullptr);
  return report;
}

TEST(ReportJson, a_run_of_which_nothing_is_known_has_nulls_not_zeros) {
  const auto json = Json::parse(report_json(empty_report()));
  EXPECT_TRUE(json["summary"]["peak_memory_gb"].is_null());
  EXPECT_TRUE(json["summary"]["limiting_pool"].is_null());
  EXPECT_TRUE(json["summary"]["steps_per_second"].is_null());
  EXPECT_TRUE(json["job"]["started_at"].is_null());
  EXPECT_EQ(json["job"]["exit"]["kind"], "unknown");
  EXPECT_EQ(json["metrics_timeline"], Json::array());
  EXPECT_TRUE(json["plan"].is_null());
}

TEST(ReportJson, what_is_not_finite_is_null_or_zero_never_text) {
  auto report = empty_report();
  auto& summary = report.analysis.summary;
  summary.duration_minutes = std::nan("");
  summary.steps_per_second = std::numeric_limits<double>::infinity();
  report.analysis.findings = {Finding{.id = "unknown", .confidence = std::nan("")}};
  report.analysis.findings[0].evidence = {{.text = "x", .value = std::nan("")}};
  SampleRow row;
  row.unix_seconds = 1;
  row.cpu_utilization_ratio = std::nan("");
  report.timeline = {row, row};
  report.timeline[1].unix_seconds = std::nan("");
  const auto json = Json::parse(report_json(report));
  EXPECT_EQ(json["summary"]["duration_minutes"], 0.0);
  EXPECT_TRUE(json["summary"]["steps_per_second"].is_null());
  EXPECT_EQ(json["findings"][0]["confidence"], 0.0);
  EXPECT_TRUE(json["findings"][0]["evidence"][0]["value"].is_null());
  EXPECT_EQ(json["metrics_timeline"].size(), 1U);
  EXPECT_TRUE(json["metrics_timeline"][0]["cpu_utilization_percent"].is_null());
}

TEST(ReportJson, bytes_that_are_no_utf8_are_replaced) {
  auto report = empty_report();
  report.analysis.facts.info.job_name = "bad\xFF name";
  report.events = {{.event = {.unix_seconds = 1, .type = "ty\xC0pe", .details = "\xFE not json"}}};
  const auto json = Json::parse(report_json(report));
  EXPECT_EQ(json["job"]["name"], "bad\xEF\xBF\xBD name");
}

TEST(ReportJson, details_are_objects_and_what_is_none_stays_text) {
  auto report = empty_report();
  report.events = {
      {.event = {.unix_seconds = 1, .type = "a", .details = R"({"pid": 7})"}},
      {.event = {.unix_seconds = 2, .type = "b", .details = "half {"}},
      {.event = {.unix_seconds = 3, .type = "c", .details = std::string(100'000, '[')}},
      {.event = {.unix_seconds = 4, .type = "d"}}};
  const auto json = Json::parse(report_json(report));
  EXPECT_EQ(json["events"][0]["details"]["pid"], 7);
  EXPECT_EQ(json["events"][1]["details"], "half {");
  EXPECT_TRUE(json["events"][2]["details"].is_string());
  EXPECT_TRUE(json["events"][3]["details"].is_null());
}

TEST(ReportJson, values_of_settings_keep_their_type) {
  auto report = empty_report();
  Recommendation advice;
  advice.id = "one";
  advice.current_value = std::int64_t{4};
  advice.recommended_value = false;
  report.analysis.recommendations = {advice};
  const auto json = Json::parse(report_json(report));
  EXPECT_EQ(json["recommendations"][0]["current_value"], 4);
  EXPECT_EQ(json["recommendations"][0]["recommended_value"], false);
  EXPECT_TRUE(json["recommendations"][0]["config_path"].is_null());
}

TEST(ReportJson, what_is_stored_has_neither_events_nor_timeline) {
  auto report = empty_report();
  report.timeline = {SampleRow{}};
  const auto stored = to_stored(report, 12.5);
  const auto json = Json::parse(stored.analysis);
  EXPECT_FALSE(json.contains("events"));
  EXPECT_FALSE(json.contains("metrics_timeline"));
  EXPECT_EQ(Json::parse(stored.summary), json["summary"]);
  EXPECT_EQ(stored.created_at, 12.5);
  EXPECT_FALSE(stored.peak_memory_gb.has_value());
  EXPECT_EQ(stored.health_score, "warning");
}

TEST(RecordedErrors, only_events_that_name_an_exception_are_errors) {
  EXPECT_FALSE(recorded_error({.type = "worker_exit", .details = R"({"exception":"x"})"}));
  EXPECT_FALSE(recorded_error({.type = "exception", .details = ""}));
  EXPECT_FALSE(recorded_error({.type = "exception", .details = "[1]"}));
  EXPECT_FALSE(recorded_error({.type = "exception", .details = R"({"exception": 3})"}));
  const auto error = recorded_error({.unix_seconds = 5,
                                     .type = "oom_error",
                                     .details = R"({"exception":"MemoryError","message":"m"})"});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->type, "MemoryError");
  EXPECT_EQ(error->message, "m");
  EXPECT_TRUE(error->out_of_memory);
  EXPECT_EQ(error->at, 5);
}

TEST(RecordedErrors, memory_is_that_of_the_last_sample_with_the_trainer_alive) {
  std::vector<LogError> errors{{.timestamp = 10, .exception = "MemoryError"}};
  ErrorDating dating{errors};
  SampleRow alive;
  alive.unix_seconds = 8;
  alive.main_process = gib(3);
  alive.used = gib(5);
  SampleRow gone;
  gone.unix_seconds = 10;
  gone.used = gib(1);
  dating.add(alive);
  dating.add(gone);
  EXPECT_EQ(errors[0].memory_at_time, gib(5));
}

}  // namespace
}  // namespace tidemark
