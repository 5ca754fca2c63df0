#include "sensing/gpu/gpu_schedule.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using namespace std::chrono_literals;

constexpr BootTime at(std::chrono::nanoseconds since_boot) {
  return BootTime{since_boot.count()};
}

TEST(GpuSchedule, the_first_reading_is_due_at_once_and_then_samples_lead) {
  GpuSchedule schedule;
  EXPECT_EQ(schedule.next(), at(0s));
  schedule.began(at(100s));
  EXPECT_FALSE(schedule.next().has_value());
}

TEST(GpuSchedule, a_reading_comes_just_ahead_of_the_sample_that_is_expected) {
  GpuSchedule schedule;
  schedule.began(at(100s));
  schedule.ended(20ms);
  schedule.taken(at(101s), at(100s));
  EXPECT_EQ(schedule.next(), at(101s)) << "that answer was old";
  schedule.began(at(101s));
  schedule.taken(at(106s), at(101s));
  EXPECT_EQ(schedule.next(), at(106s));
  schedule.began(at(106s));
  EXPECT_EQ(schedule.next(), at(110'960ms)) << "twice its length ahead of 111 s";
  schedule.began(at(110'960ms));
  schedule.taken(at(111s), at(110'960ms));
  EXPECT_EQ(schedule.next(), at(115'960ms)) << "a fresh answer: only the next sample's";
}

TEST(GpuSchedule, samples_in_quick_succession_share_an_answer) {
  GpuSchedule schedule;
  schedule.began(at(100s));
  schedule.ended(1ms);
  schedule.taken(at(100'010ms), at(100s));
  schedule.taken(at(100'060ms), at(100s));
  EXPECT_EQ(schedule.next(), at(100'150ms)) << "a tenth of a second after, less the lead";
}

TEST(GpuSchedule, an_answer_lasts_three_samples_and_fifteen_seconds_at_least) {
  GpuSchedule schedule;
  EXPECT_EQ(schedule.stale_after(), 15s);
  schedule.taken(at(100s), {});
  schedule.taken(at(130s), {});
  EXPECT_EQ(schedule.stale_after(), 90s);
}

}  // namespace
}  // namespace tidemark
