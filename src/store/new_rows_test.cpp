// Following a run: what was written behind a mark.
#include "store/store_test_support.h"

namespace tidemark {
namespace {

struct Seen {
  std::vector<double> samples{};
  std::vector<std::int64_t> steps{};
  std::vector<std::string> events{};
};

Seen rows_between(Store& store, const RunKey& run, const RowMark& after, const RowMark& last) {
  Seen seen;
  const auto read = store.for_each_row_between(
      run, after, last,
      {.sample = [&](const SampleRow& row) { seen.samples.push_back(row.unix_seconds); },
       .step = [&](const StepRecord& step) { seen.steps.push_back(step.step); },
       .event = [&](const StoredEvent& event) { seen.events.push_back(event.event.type); }});
  EXPECT_TRUE(read) << read.error().message;
  return seen;
}

void write_one(Store& store, const RunKey& run, int i) {
  WriteGroup group;
  SampleRow sample;
  sample.unix_seconds = i;
  group.add(std::move(sample));
  group.add(StepRecord{.step = i, .unix_seconds = static_cast<double>(i)});
  group.add(EventRecord{.unix_seconds = static_cast<double>(i), .type = "e" + std::to_string(i)});
  ASSERT_TRUE(store.write(run, group, {}));
}

TEST(NewRows, an_empty_database_begins_at_nothing) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  EXPECT_EQ(store.row_mark().value(), RowMark{});
}

TEST(NewRows, what_was_written_behind_a_mark_comes_once_and_in_order) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  write_one(store, run, 1);
  const auto before = store.row_mark().value();
  write_one(store, run, 3);
  write_one(store, run, 2);
  const auto after = store.row_mark().value();
  const auto seen = rows_between(store, run, before, after);
  EXPECT_EQ(seen.samples, (std::vector<double>{3, 2}));
  EXPECT_EQ(seen.steps, (std::vector<std::int64_t>{3, 2}));
  EXPECT_EQ(seen.events, (std::vector<std::string>{"e3", "e2"}));
  EXPECT_TRUE(rows_between(store, run, after, after).steps.empty());
  EXPECT_EQ(rows_between(store, run, {}, after).steps.size(), 3U);
}

TEST(NewRows, other_runs_and_jobs_are_left_out) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  const auto other = begin(store, run_of("other"));
  const auto again = begin(store, run_of("job"));
  write_one(store, other, 1);
  write_one(store, again, 2);
  write_one(store, run, 3);
  const auto last = store.row_mark().value();
  EXPECT_EQ(rows_between(store, run, {}, last).steps, (std::vector<std::int64_t>{3}));
  EXPECT_EQ(rows_between(store, again, {}, last).steps, (std::vector<std::int64_t>{2}));
}

TEST(NewRows, rows_of_another_writer_are_the_first_run_s) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  OtherProgram{folder / "t.db"}.run(
      "INSERT INTO StepMetric (job_id, step, timestamp, loss) VALUES ('theirs', 7, 100, 0.5)");
  const auto run = store.run("theirs");
  ASSERT_TRUE(run);
  EXPECT_EQ(rows_between(store, run->key, {}, store.row_mark().value()).steps,
            (std::vector<std::int64_t>{7}));
}

}  // namespace
}  // namespace tidemark
