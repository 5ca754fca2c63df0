#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "report/report.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

class ExportRun : public ::testing::Test {
 protected:
  ExportRun() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tidemark_export_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    store_.emplace(Store::open(folder_ / "m.db").value());
    RunInfo info;
    info.job_id = "job";
    info.job_name = "a \"name\"\\\n";
    key_ = store_->begin_run(info).value();
  }
  ~ExportRun() override { std::filesystem::remove_all(folder_); }

  void add_step(std::int64_t number, double at, std::optional<double> loss) {
    WriteGroup group;
    group.add(StepRecord{.step = number, .unix_seconds = at, .loss = loss});
    ASSERT_TRUE(store_->write(key_, group, {}));
  }
  void add_event(std::string type, std::string details) {
    WriteGroup group;
    group.add(
        EventRecord{.unix_seconds = 100.5, .type = std::move(type), .details = std::move(details)});
    ASSERT_TRUE(store_->write(key_, group, {}));
  }
  void add_sample(double at, std::optional<Bytes> used) {
    SampleRow sample;
    sample.unix_seconds = at;
    sample.used = used;
    sample.cpu_utilization_ratio = 0.25;
    WriteGroup group;
    group.add(sample);
    ASSERT_TRUE(store_->write(key_, group, {}));
  }

  std::string exported(ExportOptions options) {
    std::string text;
    const auto run = store_->run("job").value();
    outcome_ = export_run(*store_, run, options, [&text](std::string_view piece) {
      text += piece;
      return true;
    });
    EXPECT_TRUE(outcome_) << outcome_.error().message;
    return text;
  }

  std::filesystem::path folder_;
  std::optional<Store> store_;
  RunKey key_;
  Result<ExportOutcome> outcome_{};
};

TEST_F(ExportRun, csv_has_a_header_and_a_line_for_each_row) {
  add_step(1, 100.25, 0.5);
  add_step(2, 101, std::nullopt);
  EXPECT_EQ(exported({.table = ExportTable::steps}),
            "step,timestamp,loss,batch_size,gradient_norm,learning_rate,step_time_seconds,"
            "data_wait_seconds,total_steps,source,rank\n"
            "1,100.25,0.5,,,,,,,hook,0\n"
            "2,101,,,,,,,,hook,0\n");
}

TEST_F(ExportRun, csv_of_nothing_is_its_header) {
  const auto lines = lines_of(exported({.table = ExportTable::events}));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0], "timestamp,event_type,details,used_memory_gb,rank");
}

TEST_F(ExportRun, csv_quotes_what_would_break_it) {
  add_event("odd, type", R"({"message": "two
lines"})");
  EXPECT_EQ(exported({.table = ExportTable::events}),
            "timestamp,event_type,details,used_memory_gb,rank\n"
            "100.5,\"odd, type\",\"{\"\"message\"\": \"\"two\nlines\"\"}\",,0\n");
}

TEST_F(ExportRun, csv_keeps_what_is_no_number) {
  add_step(1, 100, std::numeric_limits<double>::quiet_NaN());
  add_step(2, 101, std::numeric_limits<double>::infinity());
  const auto lines = lines_of(exported({.table = ExportTable::steps}));
  EXPECT_TRUE(lines[1].starts_with("1,100,nan,"));
  EXPECT_TRUE(lines[2].starts_with("2,101,inf,"));
}

TEST_F(ExportRun, samples_come_under_the_names_and_in_the_units_of_their_table) {
  add_sample(100, gib(3));
  const auto lines = lines_of(exported({}));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[0].starts_with("timestamp,total_memory_gb,used_memory_gb,")) << lines[0];
  EXPECT_TRUE(lines[1].starts_with("100,,3,,,,,,,,25,")) << lines[1];
}

TEST_F(ExportRun, json_is_one_object_with_all_tables) {
  add_sample(100, gib(3));
  add_step(1, 100, std::numeric_limits<double>::quiet_NaN());
  add_step(2, 101, 0.1);
  add_event("note", R"({"a": "b"})");
  const auto json =
      Json::parse(exported({.format = ExportFormat::json, .status = RunStatus::running}));
  EXPECT_EQ(json["job"]["id"], "job");
  EXPECT_EQ(json["job"]["name"], "a \"name\"\\\n");
  EXPECT_EQ(json["job"]["status"], "running");
  EXPECT_EQ(json["samples"][0]["used_memory_gb"], 3);
  EXPECT_TRUE(json["samples"][0]["total_memory_gb"].is_null());
  EXPECT_EQ(json["steps"].size(), 2U);
  EXPECT_TRUE(json["steps"][0]["loss"].is_null());
  EXPECT_EQ(json["steps"][1]["loss"], 0.1);
  EXPECT_EQ(json["events"][0]["details"], R"({"a": "b"})");
}

TEST_F(ExportRun, json_of_one_table_has_no_other) {
  const auto json =
      Json::parse(exported({.format = ExportFormat::json, .table = ExportTable::steps}));
  EXPECT_EQ(json["steps"], Json::array());
  EXPECT_FALSE(json.contains("samples"));
}

TEST_F(ExportRun, prometheus_has_a_time_at_each_value_and_an_end) {
  add_sample(100.5, gib(1));
  add_sample(105.5, gib(2));
  add_step(7, 101, 0.25);
  const auto text = exported({.format = ExportFormat::prometheus});
  const std::string labels = R"({job="job",name="a \"name\"\\\n",run="1"})";
  EXPECT_NE(text.find("# TYPE tidemark_memory_used_bytes gauge\n"
                      "# HELP tidemark_memory_used_bytes Memory of the machine in use.\n"
                      "tidemark_memory_used_bytes" +
                      labels +
                      " 1073741824 100.500000\n"
                      "tidemark_memory_used_bytes" +
                      labels + " 2147483648 105.500000\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("tidemark_loss" + labels + " 0.25 101.000000\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("# EOF\n"));
}

TEST_F(ExportRun, prometheus_leaves_out_and_counts_steps_that_go_back_in_time) {
  add_step(1, 100, 1);
  add_step(2, 200, 2);
  add_step(3, 150, 3);
  const auto text = exported({.format = ExportFormat::prometheus, .table = ExportTable::steps});
  EXPECT_EQ(outcome_->left_out, 1);
  EXPECT_EQ(text.find(" 150.000000"), std::string::npos);
}

TEST_F(ExportRun, events_are_no_numbers) {
  const auto run = store_->run("job").value();
  const auto outcome =
      export_run(*store_, run, {.format = ExportFormat::prometheus, .table = ExportTable::events},
                 [](std::string_view) { return true; });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::invalid);
}

TEST_F(ExportRun, comes_in_pieces_of_a_bounded_size) {
  WriteGroup group;
  for (int i = 1; i <= 20'000; ++i)
    group.add(StepRecord{.step = i, .unix_seconds = 100.0 + i, .loss = 0.5});
  ASSERT_TRUE(store_->write(key_, group, {}));
  std::size_t largest = 0, pieces = 0;
  const auto run = store_->run("job").value();
  for (const auto format : {ExportFormat::csv, ExportFormat::json, ExportFormat::prometheus})
    ASSERT_TRUE(export_run(*store_, run, {.format = format, .table = ExportTable::steps},
                           [&](std::string_view piece) {
                             largest = std::max(largest, piece.size());
                             ++pieces;
                             return true;
                           }));
  EXPECT_GT(pieces, 10U);
  EXPECT_LT(largest, 70'000U);
}

TEST_F(ExportRun, a_sink_that_takes_no_more_is_given_no_more) {
  WriteGroup group;
  for (int i = 1; i <= 20'000; ++i) group.add(StepRecord{.step = i, .unix_seconds = 100.0 + i});
  ASSERT_TRUE(store_->write(key_, group, {}));
  int pieces = 0;
  const auto outcome = export_run(*store_, store_->run("job").value(),
                                  {.table = ExportTable::steps}, [&pieces](std::string_view) {
                                    ++pieces;
                                    return false;
                                  });
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->taken);
  EXPECT_EQ(pieces, 1);
}

TEST(Gauges, values_are_written_as_openmetrics_has_them) {
  EXPECT_EQ(gauge_text(3), "3");
  EXPECT_EQ(gauge_text(0.1), "0.1");
  EXPECT_EQ(gauge_text(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(gauge_text(-std::numeric_limits<double>::infinity()), "-Inf");
}

TEST(Gauges, labels_are_escaped) {
  EXPECT_EQ(label_text("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
}

}  // namespace
}  // namespace tidemark
