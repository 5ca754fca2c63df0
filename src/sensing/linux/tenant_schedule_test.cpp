#include "sensing/linux/tenant_schedule.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using namespace std::chrono_literals;

constexpr BootTime kStart{1'000'000'000'000};

TenantSigns signs(Bytes used, bool event = false) {
  return {.used = used, .total = gib(100), .event = event};
}

TEST(TenantSchedule, the_first_sample_is_followed_by_a_scan) {
  TenantSchedule schedule;
  EXPECT_TRUE(schedule.due(kStart, signs(gib(10))));
}

TEST(TenantSchedule, a_run_that_came_into_another_cgroup_is_looked_around_at_once) {
  TenantSchedule schedule;
  schedule.began(kStart, gib(10));
  schedule.ended(200ms);
  EXPECT_TRUE(schedule.due(kStart + 1s, {.total = gib(100), .elsewhere = true}));
}

TEST(TenantSchedule, within_a_minute_nothing_ordinary_makes_another_due) {
  TenantSchedule schedule;
  schedule.began(kStart, gib(10));
  EXPECT_FALSE(schedule.due(kStart + 59s, signs(gib(14), true)));
  EXPECT_TRUE(schedule.due(kStart + 60s, signs(gib(10)))) << "the event is remembered";
}

TEST(TenantSchedule, a_quiet_machine_is_looked_at_every_ten_minutes) {
  TenantSchedule schedule;
  schedule.began(kStart, gib(10));
  EXPECT_FALSE(schedule.due(kStart + 9min, signs(gib(10))));
  EXPECT_TRUE(schedule.due(kStart + 10min, signs(gib(10))));
}

TEST(TenantSchedule, memory_that_moved_makes_one_due_after_a_minute) {
  TenantSchedule schedule;
  schedule.began(kStart, gib(10));
  EXPECT_FALSE(schedule.due(kStart + 61s, signs(mib(10'400))));
  EXPECT_TRUE(schedule.due(kStart + 61s, signs(gib(9)))) << "downwards too";
}

TEST(TenantSchedule, a_jump_of_a_twentieth_is_looked_at_once_the_scans_are_paid_for) {
  TenantSchedule schedule;
  schedule.began(kStart, gib(10));
  schedule.ended(4ms);  // at 0.02 % that is paid for after 20 s
  EXPECT_FALSE(schedule.due(kStart + 19s, signs(gib(15))));
  EXPECT_TRUE(schedule.due(kStart + 20s, signs(gib(15))));
}

TEST(TenantSchedule, a_scan_that_cost_much_pushes_the_next_one_away) {
  TenantSchedule schedule;
  schedule.began(kStart, gib(10));
  schedule.ended(200ms);
  EXPECT_FALSE(schedule.due(kStart + 16min, signs(gib(60), true)));
  EXPECT_TRUE(schedule.due(kStart + 17min, signs(gib(60), true)));
}

}  // namespace
}  // namespace tidemark
