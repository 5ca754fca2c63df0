#include "monitor/sampling_schedule.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr BootTime at(std::int64_t ms) {
  return BootTime{ms * 1'000'000};
}

TEST(SamplingSchedule, the_first_sample_is_due_at_once_and_the_next_after_the_interval) {
  SamplingSchedule schedule{seconds{5}};
  EXPECT_TRUE(schedule.regular_due(at(0)));
  schedule.sampled(at(0), milliseconds{1}, std::nullopt);
  EXPECT_FALSE(schedule.regular_due(at(4999)));
  EXPECT_TRUE(schedule.regular_due(at(5000)));
}

TEST(SamplingSchedule, a_climb_of_half_a_percent_of_the_limit_is_sampled_between_ticks) {
  SamplingSchedule schedule{seconds{5}};
  schedule.sampled(at(0), milliseconds{1}, QuickLook{gib(10), gib(20)});
  EXPECT_FALSE(schedule.climb_due(at(300), {gib(10) + mib(90), gib(20)}));
  EXPECT_TRUE(schedule.climb_due(at(300), {gib(10) + mib(110), gib(20)}));
}

TEST(SamplingSchedule, a_small_limit_does_not_sample_noise) {
  SamplingSchedule schedule{seconds{5}};
  schedule.sampled(at(0), milliseconds{1}, QuickLook{mib(100), mib(500)});
  EXPECT_FALSE(schedule.climb_due(at(300), {mib(110), mib(500)}));
  EXPECT_TRUE(schedule.climb_due(at(300), {mib(116), mib(500)}));
}

TEST(SamplingSchedule, climbing_samples_stay_under_a_hundredth_of_wall_time) {
  SamplingSchedule schedule{seconds{5}};
  schedule.sampled(at(0), milliseconds{20}, QuickLook{gib(1), gib(20)});
  EXPECT_FALSE(schedule.climb_due(at(1999), {gib(4), gib(20)}));
  EXPECT_TRUE(schedule.climb_due(at(2000), {gib(4), gib(20)}));
}

TEST(SamplingSchedule, falling_memory_is_no_climb) {
  SamplingSchedule schedule{seconds{5}};
  schedule.sampled(at(0), milliseconds{1}, QuickLook{gib(10), gib(20)});
  EXPECT_FALSE(schedule.climb_due(at(1000), {gib(2), gib(20)}));
}

TEST(SamplingSchedule, ticks_missed_while_the_machine_slept_are_counted) {
  SamplingSchedule schedule{seconds{5}};
  schedule.sampled(at(0), milliseconds{1}, std::nullopt);
  EXPECT_EQ(schedule.missed(at(9'000)), 0U);
  EXPECT_EQ(schedule.missed(at(20'000)), 3U);
}

TEST(SamplingSchedule, it_wakes_for_the_cheap_look_before_the_next_tick) {
  SamplingSchedule schedule{seconds{5}};
  schedule.sampled(at(0), milliseconds{1}, std::nullopt);
  EXPECT_EQ(schedule.until_next(at(1000)), milliseconds{250});
  EXPECT_EQ(schedule.until_next(at(4900)), milliseconds{100});
}

}  // namespace
}  // namespace tidemark
