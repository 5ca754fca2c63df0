// What a live view asks again and again: only what is new.
#include "store/store_test_support.h"

namespace tidemark {
namespace {

class NewestRows : public ::testing::Test {
 protected:
  NewestRows() : store_(open_store(folder_ / "t.db")), run_(begin(store_, run_of("job"))) {}

  void event_at(double at, std::string type) {
    write_one(store_, run_, EventRecord{.unix_seconds = at, .type = std::move(type)});
  }

  TemporaryFolder folder_;
  Store store_;
  RunKey run_;
};

TEST_F(NewestRows, samples_after_a_moment_leave_out_that_moment) {
  for (const double at : {100.0, 105.0, 110.0, 115.0}) write_one(store_, run_, sample_at(at));
  std::vector<double> seen;
  ASSERT_TRUE(store_.for_each_sample_after(
      run_, 105, [&](const SampleRow& row) { seen.push_back(row.unix_seconds); }));
  EXPECT_EQ(seen, (std::vector<double>{110, 115}));
}

TEST_F(NewestRows, samples_after_a_moment_are_this_runs) {
  const auto other = begin(store_, run_of("other"));
  write_one(store_, other, sample_at(200));
  write_one(store_, run_, sample_at(110));
  int seen = 0;
  ASSERT_TRUE(store_.for_each_sample_after(run_, 0, [&](const SampleRow&) { ++seen; }));
  EXPECT_EQ(seen, 1);
}

TEST_F(NewestRows, the_last_steps_come_by_number) {
  for (std::int64_t step = 1; step <= 10; ++step)
    write_one(store_, run_, step_at(step, 100 + static_cast<double>(step)));
  const auto last = store_.last_steps(run_, 3);
  ASSERT_TRUE(last) << last.error().message;
  ASSERT_EQ(last->size(), 3U);
  EXPECT_EQ(last->front().step, 8);
  EXPECT_EQ(last->back().step, 10);
}

TEST_F(NewestRows, the_last_events_come_in_time_order) {
  event_at(100, "one");
  event_at(102, "three");
  event_at(101, "two");
  const auto last = store_.last_events(run_, 2);
  ASSERT_TRUE(last) << last.error().message;
  ASSERT_EQ(last->size(), 2U);
  EXPECT_EQ(last->front().event.type, "two");
  EXPECT_EQ(last->back().event.type, "three");
}

TEST_F(NewestRows, those_of_another_writer_belong_to_run_1) {
  OtherProgram other{folder_ / "t.db"};
  other.run("INSERT INTO MetricsSample (job_id, timestamp) VALUES ('job', 120)");
  write_one(store_, run_, sample_at(110));
  std::vector<double> seen;
  ASSERT_TRUE(store_.for_each_sample_after(
      run_, 100, [&](const SampleRow& row) { seen.push_back(row.unix_seconds); }));
  EXPECT_EQ(seen, (std::vector<double>{110, 120}));
}

TEST_F(NewestRows, the_version_changes_with_what_others_commit) {
  auto reader = open_store(folder_ / "t.db", reading());
  const auto before = reader.version().value();
  EXPECT_EQ(reader.version().value(), before);
  write_one(store_, run_, sample_at(100));
  EXPECT_NE(reader.version().value(), before);
}

TEST_F(NewestRows, reading_ends_early_once_it_is_stopped) {
  WriteGroup group;
  for (std::int64_t step = 1; step <= 5000; ++step)
    group.add(step_at(step, 100 + static_cast<double>(step)));
  ASSERT_TRUE(store_.write(run_, group, {}));
  std::stop_source leaving;
  auto options = reading();
  options.stop = leaving.get_token();
  auto reader = open_store(folder_ / "t.db", options);
  int seen = 0;
  const auto read = reader.for_each_step(run_, [&](const StepRecord&) {
    ++seen;
    leaving.request_stop();
  });
  EXPECT_FALSE(read);
  EXPECT_LT(seen, 5000);
}

}  // namespace
}  // namespace tidemark
