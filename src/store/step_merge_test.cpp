#include "store/step_merge.h"

#include <cmath>

#include "store/store_test_support.h"

namespace tidemark {
namespace {

StepRecord step_from(StepSource source, std::optional<double> loss, double unix_seconds = 100) {
  StepRecord step = step_at(7, unix_seconds);
  step.source = source;
  step.loss = loss;
  return step;
}

TEST(StepMerge, a_better_source_replaces_and_takes_the_rest_from_the_worse) {
  auto bar = step_from(StepSource::bar, 0.5, 100);
  bar.learning_rate = 1e-4;
  const auto merged = merge_steps(bar, step_from(StepSource::hook, 0.25, 99));
  EXPECT_EQ(merged.source, StepSource::hook);
  EXPECT_EQ(merged.loss, 0.25);
  EXPECT_EQ(merged.unix_seconds, 99);
  EXPECT_EQ(merged.learning_rate, 1e-4);
}

TEST(StepMerge, a_worse_source_fills_only_what_is_absent) {
  auto bar = step_from(StepSource::bar, 0.5);
  bar.total_steps = 3000;
  const auto merged = merge_steps(step_from(StepSource::loss_log, 0.25, 99), bar);
  EXPECT_EQ(merged.source, StepSource::loss_log);
  EXPECT_EQ(merged.loss, 0.25);
  EXPECT_EQ(merged.unix_seconds, 99);
  EXPECT_EQ(merged.total_steps, 3000);
}

TEST(StepMerge, a_bar_that_is_drawn_again_updates_its_step_and_keeps_its_time) {
  const auto merged =
      merge_steps(step_from(StepSource::bar, 0.5, 100), step_from(StepSource::bar, 0.4, 101));
  EXPECT_EQ(merged.loss, 0.4);
  EXPECT_EQ(merged.unix_seconds, 100);
}

TEST(StepMerge, two_records_of_the_hook_are_two_steps) {
  EXPECT_FALSE(is_same_step(step_from(StepSource::hook, 1), step_from(StepSource::hook, 2)));
  EXPECT_TRUE(is_same_step(step_from(StepSource::bar, 1), step_from(StepSource::hook, 2)));
  EXPECT_TRUE(is_same_step(step_from(StepSource::hook, 1), step_from(StepSource::bar, 2)));
}

TEST(StepMerge, the_stored_step_is_one_row_whatever_came_first) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  auto log = step_from(StepSource::loss_log, 0.25);
  log.learning_rate = 1e-4;
  write_one(store, run, step_from(StepSource::bar, 0.5));
  write_one(store, run, step_from(StepSource::hook, std::nullopt));
  write_one(store, run, log);
  const auto steps = steps_of(store, run);
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].source, StepSource::hook);
  EXPECT_EQ(steps[0].loss, 0.5);
  EXPECT_EQ(steps[0].learning_rate, 1e-4);
}

TEST(StepMerge, a_nan_of_the_better_source_is_a_value_and_stays) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  write_one(store, run, step_from(StepSource::hook, std::nan("")));
  write_one(store, run, step_from(StepSource::bar, 0.5));
  const auto steps = steps_of(store, run);
  ASSERT_EQ(steps.size(), 1U);
  ASSERT_TRUE(steps[0].loss);
  EXPECT_TRUE(std::isnan(*steps[0].loss));
}

TEST(StepMerge, a_value_that_came_late_completes_the_step_it_belongs_to) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  auto first = step_from(StepSource::hook, std::nullopt, 100);
  first.batch_size = 4;
  auto late = step_from(StepSource::hook, 0.25, 101);
  late.completes = true;
  write_one(store, run, first);
  write_one(store, run, late);
  const auto steps = steps_of(store, run);
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].loss, 0.25);
  EXPECT_EQ(steps[0].batch_size, 4);
  EXPECT_EQ(steps[0].unix_seconds, 100);
}

TEST(StepMerge, ranks_have_their_own_steps) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  auto other_rank = step_from(StepSource::bar, 2.0);
  other_rank.rank = 1;
  write_one(store, run, step_from(StepSource::bar, 1.0));
  write_one(store, run, other_rank);
  EXPECT_EQ(steps_of(store, run).size(), 2U);
}

TEST(StepMerge, every_record_of_the_hook_is_kept_when_the_trainer_goes_back) {
  const TemporaryFolder folder;
  auto store = open_store(folder / "t.db");
  const auto run = begin(store, run_of("job"));
  WriteGroup group;
  for (const std::int64_t number : {1, 2, 3, 2, 3, 4}) group.add(step_at(number, 100));
  ASSERT_TRUE(store.write(run, group, {}));
  const auto steps = steps_of(store, run);
  ASSERT_EQ(steps.size(), 6U);
  EXPECT_EQ(steps[1].step, 2);
  EXPECT_EQ(steps[2].step, 2);
  EXPECT_EQ(steps[5].step, 4);
}

}  // namespace
}  // namespace tidemark
