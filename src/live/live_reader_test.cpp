#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "live/live.h"

namespace tidemark {
namespace {

class LiveReaderTest : public ::testing::Test {
 protected:
  LiveReaderTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tidemark_live_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    writer_.emplace(Store::open(folder_ / "m.db").value());
  }
  ~LiveReaderTest() override { std::filesystem::remove_all(folder_); }

  RunKey begin(const std::string& job) {
    RunInfo info;
    info.job_id = info.job_name = job;
    info.anchor.wall.ns = 1'000'000'000'000;
    return writer_->begin_run(info).value();
  }
  void add_sample(const RunKey& run, double at, Bytes used) {
    SampleRow sample;
    sample.unix_seconds = at;
    sample.total = gib(64);
    sample.used = used;
    WriteGroup group;
    group.add(sample);
    ASSERT_TRUE(writer_->write(run, group, {}));
  }
  void add_step(const RunKey& run, std::int64_t step, double at) {
    WriteGroup group;
    group.add(StepRecord{.step = step, .unix_seconds = at, .loss = 0.5});
    ASSERT_TRUE(writer_->write(run, group, {}));
  }
  void end(const RunKey& run, double at) {
    ASSERT_TRUE(
        writer_->end_run(run, {.unix_seconds = at, .exit = {.kind = ExitKind::completed}}, {}));
  }

  LiveReader reader() {
    const LiveSources sources{
        .open =
            [this](std::stop_token stop) {
              last_stop_ = stop;
              return Store::open(folder_ / "m.db", {.read_only = true, .stop = std::move(stop)});
            },
        .unended = [](const StoredRun& run) -> std::optional<Unended> {
          return run.end ? std::nullopt : std::optional{Unended::recording};
        },
        .unix_now = [this] { return now_; }};
    return LiveReader{sources.open({}).value(), sources};
  }

  std::filesystem::path folder_;
  std::optional<Store> writer_;
  double now_ = 1100;
  std::stop_token last_stop_{};  // of the store that was opened last: to be read when nobody opens
};

TEST_F(LiveReaderTest, an_empty_database_is_an_error) {
  EXPECT_FALSE(reader().read());
}

TEST_F(LiveReaderTest, reads_what_is_known_of_the_run) {
  const auto run = begin("lora");
  add_sample(run, 1090, gib(32));
  add_step(run, 7, 1091);
  auto live = reader();
  ASSERT_TRUE(live.read(true));
  const auto& known = live.snapshot();
  EXPECT_EQ(known.run.info.job_name, "lora");
  EXPECT_EQ(known.status, RunStatus::running);
  EXPECT_EQ(known.last->used, gib(32));
  EXPECT_EQ(known.points.size(), 1U);
  EXPECT_EQ(known.steps->last, 7);
  ASSERT_TRUE(known.verdict);
  EXPECT_NE(known.verdict->sentence.find("32.0 GB of 64.0 GB"), std::string::npos);
}

TEST_F(LiveReaderTest, takes_what_has_come_since) {
  const auto run = begin("lora");
  add_sample(run, 1090, gib(32));
  auto live = reader();
  ASSERT_TRUE(live.read());
  add_sample(run, 1095, gib(33));
  add_step(run, 1, 1096);
  ASSERT_TRUE(live.read());
  EXPECT_EQ(live.snapshot().points.size(), 2U);
  EXPECT_EQ(live.snapshot().last->used, gib(33));
  EXPECT_EQ(live.snapshot().steps->last, 1);
}

TEST_F(LiveReaderTest, what_leaves_the_window_goes_but_for_one_that_keeps_the_line_whole) {
  const auto run = begin("lora");
  for (const double at : {1000.0, 1050.0, 1090.0}) add_sample(run, at, gib(32));
  auto live = reader();
  live.set_window(120);
  ASSERT_TRUE(live.read());
  EXPECT_EQ(live.snapshot().points.size(), 3U);
  now_ = 1200;
  ASSERT_TRUE(live.read());
  ASSERT_EQ(live.snapshot().points.size(), 2U);
  EXPECT_EQ(live.snapshot().points.front().at, 1050);
}

TEST_F(LiveReaderTest, a_longer_window_reads_what_was_left_out) {
  const auto run = begin("lora");
  for (const double at : {1000.0, 1050.0, 1090.0}) add_sample(run, at, gib(32));
  auto live = reader();
  live.set_window(60);
  ASSERT_TRUE(live.read());
  EXPECT_EQ(live.snapshot().points.size(), 2U);
  live.set_window(600);
  ASSERT_TRUE(live.read());
  EXPECT_EQ(live.snapshot().points.size(), 3U);
}

TEST_F(LiveReaderTest, without_a_target_it_follows_what_runs) {
  const auto first = begin("one");
  auto live = reader();
  ASSERT_TRUE(live.read());
  EXPECT_EQ(live.snapshot().run.info.job_name, "one");
  end(first, 1095);
  ASSERT_TRUE(live.read());
  EXPECT_EQ(live.snapshot().status, RunStatus::completed);
  begin("two");
  ASSERT_TRUE(live.read());
  EXPECT_EQ(live.snapshot().run.info.job_name, "two");
  EXPECT_TRUE(live.snapshot().points.empty());
  begin("three");
  ASSERT_TRUE(live.read());
  EXPECT_EQ(live.snapshot().run.info.job_name, "two");  // it goes on
}

TEST_F(LiveReaderTest, a_target_stays_and_its_next_run_is_followed) {
  const auto first = begin("one");
  begin("two");
  auto live = reader();
  live.look_at({.job_id = "one"});
  ASSERT_TRUE(live.read());
  EXPECT_EQ(live.snapshot().run.info.job_name, "one");
  EXPECT_EQ(live.snapshot().choices.size(), 2U);
  end(first, 1095);
  begin("one");
  ASSERT_TRUE(live.read());
  EXPECT_EQ(live.snapshot().run.key.number, 2);
}

TEST_F(LiveReaderTest, a_database_that_cannot_be_read_any_more_leaves_what_was_known) {
  const auto run = begin("lora");
  add_sample(run, 1090, gib(32));
  auto live = reader();
  ASSERT_TRUE(live.read());
  ASSERT_TRUE(writer_->remove_job("lora"));
  live.look_at({.job_id = "lora", .number = 1});
  ASSERT_TRUE(live.read());
  EXPECT_FALSE(live.snapshot().problem.empty());
  EXPECT_EQ(live.snapshot().last->used, gib(32));
}

TEST_F(LiveReaderTest, json_has_null_for_what_is_not_known) {
  begin("lora");
  auto live = reader();
  ASSERT_TRUE(live.read());
  const auto json = nlohmann::json::parse(live_json(live.snapshot()));
  EXPECT_EQ(json["job"]["name"], "lora");
  EXPECT_EQ(json["job"]["status"], "running");
  EXPECT_TRUE(json["sample"].is_null());
  EXPECT_TRUE(json["steps"].is_null());
  EXPECT_EQ(json["events"], nlohmann::json::array());
  EXPECT_EQ(json["running"][0]["id"], "lora");
}

TEST_F(LiveReaderTest, who_leaves_stops_the_analysis) {
  add_sample(begin("lora"), 1090, gib(32));
  {
    auto live = reader();
    ASSERT_TRUE(live.read(true));
    EXPECT_TRUE(last_stop_.stop_possible());
    EXPECT_FALSE(last_stop_.stop_requested());
  }
  EXPECT_TRUE(last_stop_.stop_requested());
}

}  // namespace
}  // namespace tidemark
