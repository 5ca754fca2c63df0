#include "store/store_test_support.h"

namespace tidemark {
namespace {

/// A job with one ended run of `steps` steps and one event that points at its sample.
void record(const std::filesystem::path& file, const std::string& job, int steps) {
  auto store = Store::open(file);
  ASSERT_TRUE(store);
  RunInfo info;
  info.job_id = job;
  info.job_name = job;
  const auto run = store->begin_run(info);
  ASSERT_TRUE(run);
  WriteGroup group;
  SampleRow sample;
  sample.unix_seconds = 100;
  sample.gpus.push_back({});
  group.add(sample);
  for (int step = 0; step < steps; ++step) {
    StepRecord record;
    record.step = step;
    record.unix_seconds = 100 + step;
    group.add(record);
  }
  ASSERT_TRUE(store->write(*run, group, {}));
  ASSERT_TRUE(store->end_run(*run, RunEnd{}, {}));
}

TEST(MoveRows, everything_goes_and_keeps_its_ids_where_the_other_is_empty) {
  const TemporaryFolder folder;
  const auto from = folder / "metrics.db", to = folder / "jobs.db";
  OtherProgram{to}.run("CREATE TABLE Job (id TEXT); INSERT INTO Job VALUES ('theirs')");
  record(from, "a", 3);
  OtherProgram{from}.run(
      "INSERT INTO TrainingEvent (job_id, timestamp, event_type, memory_snapshot_id, run_id) "
      "SELECT 'a', 5, 'seen', id, run_id FROM MetricsSample");

  const auto moved = move_store(from, to);

  ASSERT_TRUE(moved) << moved.error().message;
  OtherProgram there{to};
  EXPECT_EQ(there.column("SELECT id || ':' || run_id || ':' || step FROM StepMetric ORDER BY id"),
            (std::vector<std::string>{"1:1:0", "2:1:1", "3:1:2"}));
  EXPECT_EQ(there.column("SELECT id FROM Job"), std::vector<std::string>{"theirs"});
  EXPECT_EQ(there.column("SELECT count(*) FROM TidemarkMeta"), std::vector<std::string>{"1"});
  EXPECT_FALSE(has_store_tables(from).value());
  EXPECT_TRUE(Store::open(to)->run("a").has_value());
}

TEST(MoveRows, what_is_there_already_stays_and_the_new_goes_behind_it) {
  const TemporaryFolder folder;
  const auto from = folder / "metrics.db", to = folder / "jobs.db";
  record(to, "a", 2);
  record(from, "a", 1);
  record(from, "b", 1);
  OtherProgram{from}.run(
      "INSERT INTO TrainingEvent (job_id, timestamp, event_type, memory_snapshot_id, run_id) "
      "SELECT job_id, 5, 'seen', id, run_id FROM MetricsSample");

  ASSERT_TRUE(move_store(from, to));

  OtherProgram there{to};
  EXPECT_EQ(there.column("SELECT job_id || number FROM TidemarkRun ORDER BY id"),
            (std::vector<std::string>{"a1", "a2", "b1"}));
  EXPECT_EQ(
      there.column(
          "SELECT r.job_id || r.number || ':' || s.step FROM StepMetric s JOIN TidemarkRun r ON "
          "r.id = s.run_id AND r.job_id = s.job_id ORDER BY s.id"),
      (std::vector<std::string>{"a1:0", "a1:1", "a2:0", "b1:0"}));
  EXPECT_EQ(there.column("SELECT e.job_id FROM TrainingEvent e JOIN MetricsSample m ON m.id = "
                         "e.memory_snapshot_id "
                         "AND m.run_id = e.run_id ORDER BY e.id"),
            (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(
      there.column(
          "SELECT count(*) FROM TidemarkGpuSample g JOIN MetricsSample m ON m.id = g.sample_id"),
      std::vector<std::string>{"3"});
}

/// Job "a" with two steps in both, as a moving leaves it that ends between its two files.
void cut_off_between(const std::filesystem::path& from, const std::filesystem::path& to) {
  auto kept = from;
  kept += ".kept";
  record(from, "a", 2);
  OtherProgram{from}.run(
      "INSERT INTO TidemarkMeta VALUES ('moving', 'TOKEN'); PRAGMA wal_checkpoint(TRUNCATE)");
  std::filesystem::copy_file(from, kept);
  ASSERT_TRUE(move_store(from, to));
  OtherProgram{to}.run(
      "INSERT INTO TidemarkMeta SELECT 'moved:TOKEN', json_group_object(name, seq) FROM "
      "sqlite_sequence");
  std::filesystem::rename(kept, from);
}

TEST(MoveRows, what_was_recorded_after_a_move_was_cut_off_is_moved_too) {
  const TemporaryFolder folder;
  const auto from = folder / "metrics.db", to = folder / "jobs.db";
  cut_off_between(from, to);
  record(from, "b", 3);

  ASSERT_TRUE(move_store(from, to));

  EXPECT_EQ(OtherProgram{to}.column("SELECT job_id || count(*) FROM StepMetric GROUP BY job_id"),
            (std::vector<std::string>{"a2", "b3"}));
  EXPECT_FALSE(has_store_tables(from).value());
}

TEST(MoveRows, a_move_that_was_cut_off_between_the_two_files_is_finished_and_doubles_nothing) {
  const TemporaryFolder folder;
  const auto from = folder / "metrics.db", to = folder / "jobs.db";
  cut_off_between(from, to);

  ASSERT_EQ(move_store(from, to), 0);

  EXPECT_EQ(OtherProgram{to}.column("SELECT count(*) FROM StepMetric"),
            std::vector<std::string>{"2"});
  EXPECT_FALSE(has_store_tables(from).value());
}

TEST(MoveRows, a_database_that_another_holds_is_left_as_it_is) {
  const TemporaryFolder folder;
  const auto from = folder / "metrics.db", to = folder / "jobs.db";
  record(from, "a", 2);
  OtherProgram holder{to};
  holder.run("CREATE TABLE Job (id TEXT); BEGIN IMMEDIATE");

  EXPECT_FALSE(move_store(from, to));

  EXPECT_EQ(OtherProgram{from}.column("SELECT count(*) FROM StepMetric"),
            std::vector<std::string>{"2"});
}

TEST(MoveRows, only_a_database_without_any_table_is_removed) {
  const TemporaryFolder folder;
  const auto used = folder / "used.db", empty = folder / "empty.db";
  OtherProgram{used}.run("CREATE TABLE Job (id TEXT)");
  record(empty, "a", 1);
  ASSERT_TRUE(move_store(empty, used));

  EXPECT_TRUE(remove_empty_database(used));
  EXPECT_TRUE(remove_empty_database(empty));

  EXPECT_TRUE(std::filesystem::exists(used));
  EXPECT_FALSE(std::filesystem::exists(empty));
  EXPECT_FALSE(has_store_tables(empty).value());
}

}  // namespace
}  // namespace tidemark
