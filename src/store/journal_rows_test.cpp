#include "store/journal_rows.h"

#include "store/store_test_support.h"

namespace tidemark {
namespace {

WriteGroup steps_to(std::int64_t last, std::string position) {
  WriteGroup group;
  group.add(step_at(last, 1'700'000'000 + static_cast<double>(last)));
  group.journal = JournalMark{"0123456789abcdef0123456789abcdef", std::move(position)};
  return group;
}

TEST(JournalRows, the_position_is_that_of_the_rows_that_were_committed_last) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  EXPECT_FALSE(*store.journal("0123456789abcdef0123456789abcdef"));
  ASSERT_TRUE(store.write(run, steps_to(1, "0:1"), {}));
  ASSERT_TRUE(store.write(run, steps_to(2, "0:2"), {}));
  const auto journal = store.journal("0123456789abcdef0123456789abcdef");
  ASSERT_TRUE(journal && *journal);
  EXPECT_EQ((*journal)->position, "0:2");
  EXPECT_EQ((*journal)->run.job_id, "job");
  EXPECT_EQ((*journal)->run.number, 1);
}

TEST(JournalRows, rows_that_were_not_written_leave_the_position_where_it_was) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db", impatient());
  const auto run = begin(store, run_of("job"));
  ASSERT_TRUE(store.write(run, steps_to(1, "0:1"), {}));
  OtherProgram other{folder / "t.db"};
  other.run("BEGIN IMMEDIATE");
  EXPECT_FALSE(store.write(run, steps_to(2, "0:2"), {}));
  other.run("ROLLBACK");
  EXPECT_EQ((*store.journal("0123456789abcdef0123456789abcdef"))->position, "0:1");
  EXPECT_EQ(steps_of(store, run).size(), 1U);
}

TEST(JournalRows, appended_groups_keep_their_order_and_the_later_position) {
  auto group = steps_to(1, "0:1");
  group.add(EventRecord{.type = "first"}, group.add(sample_at(1)));
  auto later = steps_to(2, "0:2");
  later.add(EventRecord{.type = "second"}, later.add(sample_at(2)));
  later.config_json = "{}";
  group.append(std::move(later));
  ASSERT_EQ(group.steps.size(), 2U);
  EXPECT_EQ(group.steps[1].step, 2);
  EXPECT_EQ(group.events[1].event.type, "second");
  EXPECT_EQ(group.events[1].sample_index, 1U);
  EXPECT_EQ(group.journal->position, "0:2");
  EXPECT_EQ(group.config_json, "{}");
}

TEST(JournalRows, what_the_allocator_said_comes_back) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  write_one(store, run,
            AllocatorRecord{.unix_seconds = 5,
                            .step = 12,
                            .device = AllocatorRecord::Device::cuda,
                            .device_index = 1,
                            .allocated = mib(1),
                            .reserved = mib(2),
                            .peak_allocated = mib(3),
                            .peak_reserved = mib(4),
                            .rank = 1});
  std::vector<AllocatorRecord> records;
  ASSERT_TRUE(store.for_each_allocator_record(
      run, [&](const AllocatorRecord& record) { records.push_back(record); }));
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].step, 12);
  EXPECT_EQ(records[0].device, AllocatorRecord::Device::cuda);
  EXPECT_EQ(records[0].device_index, 1U);
  EXPECT_EQ(records[0].peak_reserved, mib(4));
  EXPECT_EQ(records[0].rank, 1);
}

TEST(JournalRows, the_trainers_own_config_counts_where_none_was_found) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  auto info = run_of("with");
  info.config_json = R"({"from": "file"})";
  WriteGroup told;
  told.config_json = R"({"from": "trainer"})";
  ASSERT_TRUE(store.write(begin(store, info), told, {}));
  ASSERT_TRUE(store.write(begin(store, run_of("without")), told, {}));
  EXPECT_EQ(store.run("with")->info.config_json, R"({"from": "file"})");
  EXPECT_EQ(store.run("without")->info.config_json, R"({"from": "trainer"})");
}

TEST(JournalRows, another_monitor_goes_on_with_a_run_that_has_no_end) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  ASSERT_TRUE(store.resume_run(run, {4711, 99}));
  EXPECT_EQ(store.run("job")->info.monitor, (ProcessIdentity{4711, 99}));
  ASSERT_TRUE(store.end_run(run, end_at(1'700'000'100), {}));
  EXPECT_EQ(store.resume_run(run, {4712, 100}).error().code, Errc::not_found);
}

TEST(JournalRows, runs_without_an_end_are_listed_the_newest_first) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  ASSERT_TRUE(store.end_run(begin(store, run_of("ended")), end_at(1'700'000'100), {}));
  begin(store, run_of("first"));
  begin(store, run_of("second"));
  const auto runs = store.unended_runs();
  ASSERT_EQ(runs->size(), 2U);
  EXPECT_EQ((*runs)[0].key.job_id, "second");
  EXPECT_EQ((*runs)[1].key.job_id, "first");
}

TEST(JournalRows, a_removed_job_takes_them_along) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  for (const auto* job : {"goes", "stays"}) {
    const auto run = begin(store, run_of(job));
    auto group = steps_to(1, "0:1");
    group.journal->journal_id = job;
    group.add(AllocatorRecord{});
    ASSERT_TRUE(store.write(run, group, {}));
  }
  ASSERT_TRUE(store.remove_job("goes"));
  OtherProgram other{folder / "t.db"};
  EXPECT_EQ(other.column("SELECT id FROM TidemarkJournal"), std::vector<std::string>{"stays"});
  EXPECT_EQ(other.value("SELECT count(*) FROM TidemarkAllocatorSample"), "1");
}

TEST(JournalRows, a_pruned_run_takes_them_along) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("old"));
  auto group = steps_to(1, "0:1");
  group.add(AllocatorRecord{});
  ASSERT_TRUE(store.write(run, group, {}));
  ASSERT_TRUE(store.end_run(run, end_at(1'700'000'100), {}));
  EXPECT_EQ(store.prune(1'700'000'200, 0), 1);
  OtherProgram other{folder / "t.db"};
  EXPECT_EQ(other.value("SELECT count(*) FROM TidemarkJournal"), "0");
  EXPECT_EQ(other.value("SELECT count(*) FROM TidemarkAllocatorSample"), "0");
}

}  // namespace
}  // namespace tidemark
