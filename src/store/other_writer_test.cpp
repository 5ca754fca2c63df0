#include "store/store_test_support.h"

namespace tidemark {
namespace {

std::filesystem::path bare_database(const TemporaryFolder& folder) {
  const auto file = folder / "t.db";
  OtherProgram other{file};
  other.run(kBareContract);
  other.run(kBareRows);
  return file;
}

TEST(OtherWriter, its_rows_are_run_1_of_their_job) {
  const TemporaryFolder folder;
  auto store = open_store(bare_database(folder));
  const auto runs = store.runs("aitk-1");
  ASSERT_TRUE(runs) << runs.error().message;
  ASSERT_EQ(runs->size(), 1U);
  const auto& run = runs->at(0);
  EXPECT_EQ(run.key.number, 1);
  EXPECT_EQ(run.info.job_name, "aitk-1");
  EXPECT_EQ(run.info.anchor.wall.ns, 1'700'000'000'000'000'000);
  ASSERT_TRUE(run.end);
  EXPECT_EQ(run.end->unix_seconds, 1'700'000'005);
  EXPECT_EQ(run.end->exit.kind, ExitKind::unknown);
  EXPECT_EQ(samples_of(store, run.key).at(0).used, Bytes{107'911'053'312});
  EXPECT_EQ(steps_of(store, run.key).at(1).loss, 0.25);
  EXPECT_EQ(steps_of(store, run.key).at(1).source, StepSource::hook);
  EXPECT_EQ(store.events(run.key)->at(0).used, Bytes{107'911'053'312});
  EXPECT_EQ((*store.report(run.key))->peak_memory_gb, 101);
  EXPECT_TRUE(store.run("aitk-1", 1));
  EXPECT_EQ(store.run("aitk-1", 2).error().code, Errc::not_found);
}

TEST(OtherWriter, its_jobs_are_listed_and_found) {
  const TemporaryFolder folder;
  auto store = open_store(bare_database(folder));
  const auto jobs = store.jobs();
  ASSERT_TRUE(jobs);
  ASSERT_EQ(jobs->size(), 2U);
  EXPECT_EQ(jobs->at(0).job_id, "aitk-2");  // the newer one
  EXPECT_FALSE(jobs->at(0).last_step);
  EXPECT_EQ(jobs->at(1).job_id, "aitk-1");
  EXPECT_EQ(jobs->at(1).run_count, 1);
  EXPECT_EQ(jobs->at(1).last_step, 2);
  EXPECT_EQ(jobs->at(1).health_score, "\"warning\"");
  EXPECT_EQ(store.resolve_job("aitk-1"), "aitk-1");
  EXPECT_EQ(store.resolve_job("last"), "aitk-2");
}

TEST(OtherWriter, a_run_of_ours_afterwards_is_run_2) {
  const TemporaryFolder folder;
  auto store = open_store(bare_database(folder));
  const auto run = begin(store, run_of("aitk-1", "portrait", 1'700'009'000));
  EXPECT_EQ(run.number, 2);
  write_one(store, run, sample_at(1'700'009'001));
  const auto runs = store.runs("aitk-1");
  ASSERT_TRUE(runs);
  ASSERT_EQ(runs->size(), 2U);
  EXPECT_EQ(runs->at(0).info.job_name, "portrait");
  EXPECT_EQ(samples_of(store, runs->at(0).key).size(), 2U);
  EXPECT_EQ(samples_of(store, runs->at(1).key).size(), 1U);
}

TEST(OtherWriter, rows_that_it_adds_to_our_run_1_are_read_with_ours_in_time_order) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  write_one(store, run, sample_at(10));
  write_one(store, run, sample_at(30));
  OtherProgram(folder / "t.db")
      .run("INSERT INTO MetricsSample (job_id, timestamp) VALUES ('job', 20), ('job', 40)");
  std::vector<double> times;
  for (const auto& sample : samples_of(store, run)) times.push_back(sample.unix_seconds);
  EXPECT_EQ(times, (std::vector<double>{10, 20, 30, 40}));
  EXPECT_EQ(store.runs("job")->size(), 1U);
}

TEST(OtherWriter, our_report_on_its_rows_stands_beside_its_own) {
  const TemporaryFolder folder;
  const auto file = bare_database(folder);
  auto store = open_store(file);
  const auto run = store.run("aitk-1")->key;
  for (const auto* summary : {"{\"first\": 1}", "{\"second\": 2}"})
    ASSERT_TRUE(store.save_report(
        run, {.created_at = 1, .summary = summary, .recommendations = "[]", .analysis = "{}"}));
  EXPECT_EQ((*store.report(run))->summary, "{\"second\": 2}");
  OtherProgram other{file};
  EXPECT_EQ(other.column("SELECT summary FROM AnalysisReport ORDER BY id"),
            (std::vector<std::string>{"{}", "{\"second\": 2}"}));
}

TEST(OtherWriter, a_report_alone_makes_a_job_too) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  OtherProgram(folder / "t.db")
      .run(
          "INSERT INTO AnalysisReport (job_id, created_at, summary, recommendations) VALUES ('r', "
          "5, '{}', '[]')");
  EXPECT_EQ(store.jobs()->at(0).job_id, "r");
}

}  // namespace
}  // namespace tidemark
