#include "store/log_rows.h"

#include "store/store_test_support.h"

namespace tidemark {
namespace {

LogErrorRecord out_of_memory() {
  return {.severity = LogSeverity::critical,
          .category = "cuda_oom",
          .message = "CUDA out of memory. Tried to allocate 2.00 GiB.",
          .exception = "OutOfMemoryError",
          .traceback = "File \"/w/train.py\", line 3, in main",
          .chain = {"KeyError: 'x'", "ValueError: \"y\""},
          .unix_seconds = 1'700'000'000.5,
          .line = 120,
          .byte_offset = 4096,
          .step = 7,
          .count = 3,
          .requested = gib(2),
          .device_total = gib(80),
          .decides = true};
}

WriteGroup group_of(std::string reader, std::vector<LogErrorRecord> errors) {
  WriteGroup group;
  group.add(LogErrors{std::move(reader), std::move(errors)});
  return group;
}

TEST(LogRows, a_finding_comes_back_as_it_was) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  ASSERT_TRUE(store.write(run, group_of("1.0", {out_of_memory()}), {}));
  const auto errors = store.log_errors(run);
  ASSERT_TRUE(errors && errors->size() == 1);
  const auto& error = errors->front();
  EXPECT_EQ(error.severity, LogSeverity::critical);
  EXPECT_EQ(error.category, "cuda_oom");
  EXPECT_EQ(error.exception, "OutOfMemoryError");
  EXPECT_EQ(error.unix_seconds, 1'700'000'000.5);
  EXPECT_FALSE(error.last_unix_seconds);
  EXPECT_EQ(error.chain, out_of_memory().chain);
  EXPECT_EQ(error.line, 120);
  EXPECT_EQ(error.step, 7);
  EXPECT_EQ(error.count, 3);
  EXPECT_EQ(error.requested, gib(2));
  EXPECT_FALSE(error.device_free);
  EXPECT_TRUE(error.decides);
  EXPECT_FALSE(error.skipped_batch);
}

TEST(LogRows, what_a_reader_found_is_replaced_by_what_it_finds_later_and_others_stay) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  ASSERT_TRUE(store.write(run, group_of("1.0", {out_of_memory(), out_of_memory()}), {}));
  ASSERT_TRUE(store.write(run, group_of("2.0", {out_of_memory()}), {}));
  auto survived = out_of_memory();
  survived.severity = LogSeverity::warning;
  ASSERT_TRUE(store.write(run, group_of("1.0", {survived}), {}));
  const auto errors = store.log_errors(run);
  ASSERT_TRUE(errors && errors->size() == 2);
  EXPECT_EQ((*errors)[0].severity, LogSeverity::warning);
  EXPECT_EQ((*errors)[1].severity, LogSeverity::critical);
}

TEST(LogRows, of_appended_groups_the_later_findings_of_a_reader_count) {
  auto group = group_of("1.0", {});
  group.append(group_of("1.0", {out_of_memory()}));
  group.append(group_of("2.0", {out_of_memory()}));
  ASSERT_EQ(group.log_errors.size(), 2U);
  EXPECT_EQ(group.log_errors[0].errors.size(), 1U);
  EXPECT_EQ(group.row_count(), 4U);
}

TEST(LogRows, marks_come_back_in_time_order_and_go_with_their_job) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  auto group = group_of("1.0", {out_of_memory()});
  group.add(LogMark{"1.0", 5000, 70, 1'700'000'005, 3});
  group.add(LogMark{"1.0", 100, 2, 1'700'000'000, std::nullopt});
  ASSERT_TRUE(store.write(run, group, {}));
  const auto marks = store.log_marks(run);
  ASSERT_TRUE(marks && marks->size() == 2);
  EXPECT_EQ((*marks)[0].byte_offset, 100);
  EXPECT_FALSE((*marks)[0].step);
  EXPECT_EQ((*marks)[1].line, 70);
  EXPECT_EQ((*marks)[1].step, 3);
  ASSERT_TRUE(store.remove_job("job"));
  OtherProgram other{folder / "t.db"};
  EXPECT_EQ(other.value("SELECT (SELECT count(*) FROM TidemarkLogFinding) + (SELECT count(*) FROM "
                        "TidemarkLogIndex)"),
            "0");
}

TEST(LogRows, an_older_file_that_is_only_read_has_none) {
  const TemporaryFolder folder;
  std::filesystem::copy_file("tests/old_stores/v1.db", folder / "v1.db");
  auto store = Store::open(folder / "v1.db", {.read_only = true});
  ASSERT_TRUE(store);
  const auto errors = store->log_errors({.id = 1, .job_id = "x"});
  ASSERT_TRUE(errors) << errors.error().message;
  EXPECT_TRUE(errors->empty());
}

}  // namespace
}  // namespace tidemark
