#include "store/store_test_support.h"

namespace tidemark {
namespace {

/// A run with a row in every table.
RunKey full_run(Store& store, const RunInfo& info, std::optional<double> ended_at) {
  const auto run = begin(store, info);
  WriteGroup group;
  auto sample = sample_at(info.anchor.unix_seconds(info.anchor.boot));
  sample.gpus.resize(1);
  sample.processes.resize(2);
  const auto index = group.add(sample);
  group.add(EventRecord{1, "training_start", "", 0}, index);
  group.add(step_at(1, 1));
  DropCounters drops;
  drops.add(Drop::tick_late);
  EXPECT_TRUE(store.write(run, group, drops));
  EXPECT_TRUE(store.save_report(
      run, {.created_at = 1, .summary = "{}", .recommendations = "[]", .analysis = "{}"}));
  if (ended_at) {
    EXPECT_TRUE(store.end_run(run, end_at(*ended_at), drops));
  }
  return run;
}

/// Rows in all tables but TidemarkMeta.
std::string all_rows(const std::filesystem::path& file) {
  std::string sum = "SELECT 0";
  for (const auto& table : store_layout())
    if (table.name != "TidemarkMeta")
      sum += " + (SELECT count(*) FROM " + std::string{table.name} + ")";
  return OtherProgram(file).value(sum);
}

TEST(Removal, takes_a_job_out_of_every_table_and_leaves_the_others) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  full_run(store, run_of("a"), 10);
  EXPECT_EQ(all_rows(folder / "t.db"), "10");
  full_run(store, run_of("b"), 10);
  full_run(store, run_of("b"), std::nullopt);
  ASSERT_TRUE(store.remove_job("b"));
  EXPECT_EQ(all_rows(folder / "t.db"), "10");
  EXPECT_EQ(store.jobs()->size(), 1U);
  EXPECT_EQ(store.remove_job("b").error().code, Errc::not_found);
  ASSERT_TRUE(store.remove_job("a"));
  EXPECT_EQ(all_rows(folder / "t.db"), "0");
}

TEST(Removal, takes_rows_of_other_writers_under_that_id_too) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  OtherProgram other{folder / "t.db"};
  other.run(kBareRows);
  other.run(
      "INSERT INTO StepMetric (job_id, step, timestamp, run_id) VALUES ('aitk-1', 5, 5, 12345)");
  ASSERT_TRUE(store.remove_job("aitk-1"));
  EXPECT_EQ(all_rows(folder / "t.db"), "1");  // the sample of aitk-2
}

TEST(Removal, takes_more_rows_than_one_transaction_holds) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("a"));
  WriteGroup group;
  for (int i = 0; i < 4500; ++i) {
    auto sample = sample_at(i);
    sample.gpus.resize(1);
    group.add(sample);
    group.add(step_at(i, i));
  }
  ASSERT_TRUE(store.write(run, group, {}));
  ASSERT_TRUE(store.remove_job("a"));
  EXPECT_EQ(all_rows(folder / "t.db"), "0");
}

TEST(Removal, gives_the_room_back_to_the_disk) {
  const TemporaryFolder folder;
  {
    auto store = open_store(folder / "t.db");
    const auto run = begin(store, run_of("a"));
    WriteGroup group;
    for (int i = 0; i < 20'000; ++i) group.add(step_at(i, i));
    ASSERT_TRUE(store.write(run, group, {}));
    ASSERT_TRUE(store.remove_job("a"));
  }
  EXPECT_LT(std::filesystem::file_size(folder / "t.db"), 200'000U);
}

TEST(Removal, prunes_runs_that_ended_before_the_given_time) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  full_run(store, run_of("a", "", 100), 150);
  full_run(store, run_of("a", "", 200), 250);
  full_run(store, run_of("b", "", 100), 199);
  const auto removed = store.prune(200, 0);
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(*removed, 2);
  const auto jobs = store.jobs();
  ASSERT_EQ(jobs->size(), 1U);
  EXPECT_EQ(jobs->at(0).run_count, 1);
  EXPECT_EQ(jobs->at(0).latest.key.number, 2);
  EXPECT_EQ(all_rows(folder / "t.db"), "10");
}

TEST(Removal, pruning_keeps_each_jobs_newest_runs) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  for (const double start : {100.0, 200.0, 300.0})
    full_run(store, run_of("a", "", start), start + 1);
  EXPECT_EQ(*store.prune(1000, 2), 1);
  EXPECT_EQ(store.runs("a")->size(), 2U);
  EXPECT_EQ(*store.prune(1000, 2), 0);
}

TEST(Removal, a_run_without_an_end_is_as_old_as_its_last_row) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = full_run(store, run_of("a", "", 100), std::nullopt);
  write_one(store, run, sample_at(500));
  EXPECT_EQ(*store.prune(400, 0), 0);
  EXPECT_EQ(*store.prune(501, 0), 1);
  EXPECT_EQ(all_rows(folder / "t.db"), "0");
}

TEST(Removal, prunes_rows_of_other_writers_as_run_1) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  OtherProgram(folder / "t.db").run(kBareRows);
  EXPECT_EQ(*store.prune(1'700'000'005, 0), 0);
  EXPECT_EQ(*store.prune(1'700'000'006, 0), 1);
  EXPECT_EQ(all_rows(folder / "t.db"), "1");
  EXPECT_EQ(*store.prune(1'700'009'000, 1), 0);
}

TEST(Removal, a_removed_runs_number_and_id_are_not_given_to_another_while_later_runs_exist) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  full_run(store, run_of("a", "", 100), 101);
  const auto second = full_run(store, run_of("a", "", 200), 201);
  EXPECT_EQ(*store.prune(150, 0), 1);
  const auto third = begin(store, run_of("a", "", 300));
  EXPECT_EQ(third.number, 3);
  EXPECT_GT(third.id, second.id);
}

}  // namespace
}  // namespace tidemark
