// What a run leaves for later ones, and what was predicted before they began.
#include <gtest/gtest.h>

#include "store/store_test_support.h"

namespace tidemark {
namespace {

constexpr double kStart = 1'700'000'000;

RunKey begin(Store& store, const std::string& job, double at, const std::string& host = "box") {
  RunInfo info;
  info.job_name = job;
  info.host = host;
  info.config_json = R"({"of": ")" + job + R"("})";
  info.anchor.wall = WallTime{} + from_seconds(kStart + at);
  const auto run = store.begin_run(info);
  EXPECT_TRUE(run) << (run ? "" : run.error().message);
  return *run;
}

StoredPrediction said(double at, const std::string& settings, std::int64_t likely_mib,
                      const std::string& source = "plan") {
  return {.made_at = kStart + at,
          .source = source,
          .settings = settings,
          .changes = "[]",
          .pool = "cgroup",
          .low = mib(likely_mib - 10),
          .likely = mib(likely_mib),
          .high = mib(likely_mib + 10)};
}

StoredReport report_with(const std::string& identity, std::vector<StoredPrediction> predictions) {
  StoredReport report;
  report.summary = report.recommendations = "[]";
  report.analysis = "{}";
  report.model = {.identity = identity, .settings = "batch=4", .model = "{\"of\":1}"};
  report.predictions = std::move(predictions);
  return report;
}

LikeRuns like(double before, std::string_view host = "box") {
  return {.identity = "flux", .host = host, .before_unix_seconds = kStart + before};
}

TEST(Models, of_the_same_identity_come_newest_first) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  for (const auto& [job, at] : {std::pair{"a", 0.0}, {"b", 10.0}, {"c", 20.0}})
    ASSERT_TRUE(store.save_report(begin(store, job, at), report_with("flux", {})));
  ASSERT_TRUE(store.save_report(begin(store, "d", 25), report_with("wan", {})));
  const auto models = store.models(like(20), 10);
  ASSERT_TRUE(models);
  ASSERT_EQ(models->size(), 2U) << "c began when it is asked for: it is not before";
  EXPECT_EQ(models->at(0).job_name, "b");
  EXPECT_EQ(models->at(0).run_number, 1);
  EXPECT_EQ(models->at(0).config_json, R"({"of": "b"})");
  EXPECT_EQ(models->at(0).left.settings, "batch=4");
  EXPECT_EQ(models->at(1).left.model, "{\"of\":1}");
  EXPECT_EQ(store.models(like(100), 1)->at(0).job_name, "c");
}

TEST(Models, of_another_machine_do_not_count) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  ASSERT_TRUE(store.save_report(begin(store, "a", 0, "elsewhere"), report_with("flux", {})));
  ASSERT_TRUE(store.save_report(begin(store, "b", 1, ""), report_with("flux", {})));
  const auto models = store.models(like(100), 10);
  ASSERT_EQ(models->size(), 1U);
  EXPECT_EQ(models->at(0).job_name, "b") << "whose machine is not known";
}

TEST(Models, a_later_analysis_takes_the_place_of_the_first) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, "a", 0);
  ASSERT_TRUE(store.save_report(run, report_with("flux", {})));
  ASSERT_TRUE(store.save_report(run, report_with("flux", {})));
  EXPECT_EQ(store.models(like(100), 10)->size(), 1U);
  ASSERT_TRUE(store.save_report(run, report_with("", {})));
  EXPECT_TRUE(store.models(like(100), 10)->empty());
}

TEST(Predictions, the_latest_before_the_run_is_the_one_that_counts) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto first = begin(store, "a", 0);
  ASSERT_TRUE(store.save_report(
      first, report_with("flux", {said(50, "batch=2", 700), said(50, "batch=1", 500)})));
  ASSERT_TRUE(store.keep_prediction(first, said(60, "batch=2", 720, "whatif")));
  begin(store, "a", 100);
  const auto found = store.prediction(like(100), "batch=2");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->said.likely, mib(720)) << "said later, and still before the run";
  EXPECT_EQ((*found)->said.source, "whatif");
  EXPECT_EQ((*found)->job_name, "a");
  EXPECT_EQ((*found)->run_number, 1);
  EXPECT_EQ((*found)->said.pool, "cgroup");
  EXPECT_FALSE((*found)->said.pool_index);
  EXPECT_FALSE(*store.prediction(like(40), "batch=2")) << "not yet said";
  EXPECT_FALSE(*store.prediction(like(100), "batch=8"));
}

TEST(Predictions, what_was_said_before_a_run_is_never_changed_after_it) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto first = begin(store, "a", 0);
  ASSERT_TRUE(store.save_report(first, report_with("flux", {said(50, "batch=2", 700)})));
  begin(store, "a", 100);
  // Analysed again, by a program that has learned from the second run.
  ASSERT_TRUE(store.save_report(first, report_with("flux", {said(200, "batch=2", 650)})));
  EXPECT_EQ((*store.prediction(like(100), "batch=2"))->said.likely, mib(700));
  EXPECT_EQ((*store.prediction(like(300), "batch=2"))->said.likely, mib(650));
  // And again: this one takes the place of the last, for no run began in between.
  ASSERT_TRUE(store.save_report(first, report_with("flux", {said(210, "batch=2", 640)})));
  OtherProgram other{folder / "t.db"};
  EXPECT_EQ(other.value("SELECT count(*) FROM TidemarkPrediction"), "2");
}

TEST(Predictions, a_slider_that_moves_for_ever_leaves_a_hundred) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, "a", 0);
  ASSERT_TRUE(store.save_report(run, report_with("flux", {said(1, "plan", 700)})));
  for (int i = 0; i < 130; ++i)
    ASSERT_TRUE(store.keep_prediction(run, said(10 + i, std::to_string(i), 700, "whatif")));
  OtherProgram other{folder / "t.db"};
  EXPECT_EQ(other.value("SELECT count(*) FROM TidemarkPrediction WHERE source = 'whatif'"), "100");
  EXPECT_EQ(other.value("SELECT count(*) FROM TidemarkPrediction WHERE source = 'plan'"), "1");
  EXPECT_TRUE(*store.prediction(like(1000), "129"));
}

TEST(Predictions, of_a_run_that_is_gone_are_refused_and_removed) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, "a", 0);
  ASSERT_TRUE(store.save_report(run, report_with("flux", {said(1, "batch=2", 700)})));
  ASSERT_TRUE(store.remove_job(run.job_id));
  EXPECT_EQ(store.keep_prediction(run, said(2, "batch=2", 700)).error().code, Errc::not_found);
  OtherProgram other{folder / "t.db"};
  EXPECT_EQ(other.value("SELECT count(*) FROM TidemarkPrediction"), "0");
  EXPECT_EQ(other.value("SELECT count(*) FROM TidemarkModel"), "0");
}

TEST(Predictions, go_with_a_run_that_is_pruned) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  for (const double at : {0.0, 100.0}) {
    const auto run = begin(store, "a", at);
    ASSERT_TRUE(store.end_run(run, {.unix_seconds = kStart + at + 10}, {}));
    ASSERT_TRUE(store.save_report(run, report_with("flux", {said(at, "batch=2", 700)})));
  }
  ASSERT_EQ(store.prune(kStart + 50, 0), 1);
  OtherProgram other{folder / "t.db"};
  EXPECT_EQ(other.value("SELECT count(*) FROM TidemarkPrediction"), "1");
  EXPECT_EQ(other.value("SELECT count(*) FROM TidemarkModel"), "1");
}

TEST(Models, an_older_database_has_none_and_is_given_room_for_them) {
  const TemporaryFolder folder;
  for (const std::string name : {"v1.db", "v2.db"}) {
    std::filesystem::copy_file("tests/old_stores/" + name, folder / name);
    auto reader = open_store(folder / name, {.read_only = true});
    EXPECT_TRUE(reader.models(like(1e9), 10)->empty());
    EXPECT_FALSE(*reader.prediction(like(1e9), "batch=2"));
    auto store = open_store(folder / name);
    const auto run = store.run(store.jobs()->at(0).job_id);
    ASSERT_TRUE(run);
    ASSERT_TRUE(store.save_report(run->key, report_with("flux", {said(1, "batch=2", 700)})));
    EXPECT_EQ(store.models(like(1e9), 10)->size(), 1U);
    EXPECT_TRUE(*store.prediction(like(1e9), "batch=2"));
  }
}

}  // namespace
}  // namespace tidemark
