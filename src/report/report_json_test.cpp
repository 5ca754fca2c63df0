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
  std::vector<LogError> errors(1);
  errors[0].said.unix_seconds = 10;
  errors[0].said.exception = "MemoryError";
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

TEST(RecordedErrors, memory_is_that_of_the_nearest_sample_before_or_behind) {
  std::vector<LogError> errors(1);
  errors[0].said.unix_seconds = 10;
  ErrorDating dating{errors};
  SampleRow sample;
  sample.main_process = gib(3);
  for (const auto& [at, used] : {std::pair{5.0, gib(5)}, {9.5, gib(7)}, {11.0, gib(2)}}) {
    sample.unix_seconds = at;
    sample.used = used;
    dating.add(sample);
  }
  EXPECT_EQ(errors[0].memory_at_time, gib(7));
}

TEST(RecordedErrors, an_error_without_a_time_takes_that_of_its_step) {
  std::vector<LogError> errors(2);
  errors[0].said.step = 7;
  errors[1].said.unix_seconds = 3;
  errors[1].said.step = 7;
  ErrorDating dating{errors};
  dating.add(StepRecord{.step = 7, .unix_seconds = 70});
  EXPECT_EQ(errors[0].said.unix_seconds, 70);
  EXPECT_EQ(errors[1].said.unix_seconds, 3);
}

TEST(RecordedErrors, what_two_readers_of_one_file_found_is_one_entry) {
  const LogErrorRecord first{
      .message = "m", .unix_seconds = 5, .line = 3, .byte_offset = 40, .count = 1};
  LogErrorRecord again = first;
  again.unix_seconds = 4;
  again.count = 9;
  LogErrorRecord other = first;
  other.line = 4;
  const auto merged = merge_readers({first, other, again});
  ASSERT_EQ(merged.size(), 2U);
  EXPECT_EQ(merged[0].unix_seconds, 5);
  EXPECT_EQ(merged[0].count, 9);
}

TEST(RecordedErrors, an_event_and_a_finding_tell_of_the_same_exception) {
  const LogErrorRecord said{.message = "CUDA out of memory. Tried to allocate 2 GiB.",
                            .exception = "OutOfMemoryError",
                            .chain = {"RuntimeError: the step failed"}};
  EXPECT_TRUE(is_same_error(said, {.type = "torch.OutOfMemoryError",
                                   .message = "CUDA out of memory. Tried to allocate 2 GiB."}));
  EXPECT_TRUE(is_same_error(said, {.type = "RuntimeError", .message = "the step failed"}));
  EXPECT_FALSE(is_same_error(said, {.type = "ValueError", .message = "the step failed"}));
  EXPECT_FALSE(is_same_error(said, {.type = "OutOfMemoryError", .message = "HIP out of memory"}));
  EXPECT_FALSE(is_same_error({.message = "Killed"}, {.type = "ValueError", .message = ""}));
}

TEST(ReportJson, a_finding_of_the_log_has_its_place_and_an_events_error_has_none) {
  auto report = empty_report();
  report.log_errors.resize(2);
  report.log_errors[0].said = {.severity = LogSeverity::warning,
                               .category = "cuda_oom",
                               .message = "m",
                               .line = 12,
                               .count = 3,
                               .requested = gib(2)};
  report.log_errors[1].said = {.severity = LogSeverity::critical, .exception = "MemoryError"};
  const auto errors = Json::parse(report_json(report))["log_errors"];
  EXPECT_EQ(errors[0]["level"], "WARNING");
  EXPECT_EQ(errors[0]["category"], "cuda_oom");
  EXPECT_EQ(errors[0]["line"], 12);
  EXPECT_EQ(errors[0]["count"], 3);
  EXPECT_EQ(errors[0]["requested_gb"], 2.0);
  EXPECT_TRUE(errors[0]["timestamp"].is_null());
  EXPECT_EQ(errors[1]["level"], "CRITICAL");
  EXPECT_FALSE(errors[1].contains("line"));
}

TEST(ReportJson, the_runs_own_thresholds_are_told_wherever_its_peak_is) {
  auto report = empty_report();
  auto& settings = report.analysis.facts.info.settings;
  settings.memory_warning_ratio = 0.5;
  settings.memory_critical_ratio = 0.75;
  JobOverview job;
  job.latest.info.settings = settings;
  const auto both = Json::parse(comparison_json(compare_runs(report, empty_report())));
  for (const auto& told : {Json::parse(report_json(report))["summary"], both["a"],
                           Json::parse(jobs_json({{job, RunStatus::failed}}))[0]}) {
    EXPECT_EQ(told["memory_warning_threshold"], 0.5);
    EXPECT_EQ(told["memory_critical_threshold"], 0.75);
  }
  EXPECT_EQ(both["b"]["memory_warning_threshold"], 0.85);
}

TEST(JobsJson, a_job_has_the_verdict_of_its_report_and_the_limit_of_its_peak) {
  JobOverview judged, fresh;
  judged.job_id = "judged";
  judged.peak_memory_gb = 3.5;
  judged.summary = R"({"total_memory_gb": 4.0, "verdict": "Killed at step 6."})";
  fresh.job_id = "fresh";
  const auto jobs = Json::parse(jobs_json({{judged, RunStatus::failed}, {fresh, {}}}));
  EXPECT_EQ(jobs[0]["total_memory_gb"], 4.0);
  EXPECT_EQ(jobs[0]["verdict"], "Killed at step 6.");
  EXPECT_TRUE(jobs[1]["total_memory_gb"].is_null());
  EXPECT_TRUE(jobs[1]["verdict"].is_null());
}

}  // namespace
}  // namespace tidemark
