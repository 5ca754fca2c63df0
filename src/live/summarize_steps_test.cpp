#include <gtest/gtest.h>

#include <limits>

#include "live/live.h"

namespace tidemark {
namespace {

StepRecord step_at(std::int64_t number, double at) {
  return {.step = number, .unix_seconds = at};
}

TEST(SummarizeSteps, none_is_none) {
  EXPECT_FALSE(summarize_steps({}));
}

TEST(SummarizeSteps, the_rate_is_of_the_time_between_the_first_and_the_last) {
  const auto summary = summarize_steps({step_at(10, 100), step_at(11, 102), step_at(14, 108)});
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->last, 14);
  EXPECT_DOUBLE_EQ(*summary->per_second, 0.5);
}

TEST(SummarizeSteps, one_step_tells_its_own_time) {
  auto step = step_at(1, 100);
  step.step_time_seconds = 4;
  EXPECT_DOUBLE_EQ(*summarize_steps({step})->per_second, 0.25);
}

TEST(SummarizeSteps, steps_of_long_ago_do_not_count) {
  const auto summary = summarize_steps({step_at(1, 0), step_at(2, 1000), step_at(3, 1001)});
  EXPECT_DOUBLE_EQ(*summary->per_second, 1);
}

TEST(SummarizeSteps, what_is_left_follows_from_the_rate) {
  auto last = step_at(20, 110);
  last.total_steps = 120;
  const auto summary = summarize_steps({step_at(10, 100), last});
  EXPECT_DOUBLE_EQ(*summary->seconds_left, 100);
}

TEST(SummarizeSteps, the_wait_for_data_is_a_share_of_the_time) {
  std::vector<StepRecord> steps{step_at(1, 100), step_at(2, 102), step_at(3, 104)};
  for (auto& step : steps) step.data_wait_seconds = 0.5;
  EXPECT_DOUBLE_EQ(*summarize_steps(steps)->data_wait_ratio, 0.25);
}

TEST(SummarizeSteps, a_loss_that_is_no_number_is_kept_and_in_no_mean) {
  std::vector<StepRecord> steps{step_at(1, 100), step_at(2, 101), step_at(3, 102)};
  steps[0].loss = 1;
  steps[1].loss = 3;
  steps[2].loss = std::numeric_limits<double>::infinity();
  const auto summary = summarize_steps(steps);
  EXPECT_EQ(summary->loss, std::numeric_limits<double>::infinity());
  EXPECT_DOUBLE_EQ(*summary->mean_loss, 2);
  EXPECT_EQ(summary->losses.size(), 2U);
}

TEST(SummarizeSteps, what_is_only_told_now_and_then_is_the_latest_told) {
  std::vector<StepRecord> steps{step_at(1, 100), step_at(2, 101)};
  steps[0].learning_rate = 1e-4;
  EXPECT_DOUBLE_EQ(*summarize_steps(steps)->learning_rate, 1e-4);
}

TEST(SummarizeSteps, a_trainer_that_went_back_is_not_measured_over_the_jump) {
  // By number: 50 and 51 are of before, 48 and 49 were counted anew later.
  const auto summary =
      summarize_steps({step_at(48, 500), step_at(49, 502), step_at(50, 100), step_at(51, 101)});
  EXPECT_DOUBLE_EQ(*summary->per_second, 1);
}

}  // namespace
}  // namespace tidemark
