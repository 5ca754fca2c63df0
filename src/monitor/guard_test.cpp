#include "monitor/guard.h"

#include <gtest/gtest.h>

#include <vector>

namespace tidemark {
namespace {

BootTime at(double seconds) {
  return BootTime{} + from_seconds(seconds);
}

/// One look every quarter of a second, the orders that are no `none`.
std::vector<GuardOrder> orders_of(Guard guard, const std::vector<double>& fullness) {
  std::vector<GuardOrder> orders;
  double now = 1000;
  for (const double full : fullness) {
    if (const auto order = guard.look(full, at(now)); order != GuardOrder::none)
      orders.push_back(order);
    now += 0.25;
  }
  return orders;
}

std::vector<double> constant(double value, std::size_t looks) {
  return std::vector<double>(looks, value);
}

TEST(Guard, off_does_nothing) {
  EXPECT_TRUE(orders_of({GuardPolicy::off, 0.85, 0.95}, constant(1.0, 400)).empty());
}

TEST(Guard, below_the_line_there_is_nothing_to_do) {
  EXPECT_TRUE(orders_of({GuardPolicy::stop, 0.85, 0.95}, constant(0.94, 400)).empty());
}

TEST(Guard, warns_once_for_a_crossing) {
  EXPECT_EQ(orders_of({GuardPolicy::warn, 0.85, 0.95}, constant(0.96, 400)),
            std::vector{GuardOrder::warn});
}

TEST(Guard, a_spike_that_passes_is_no_crossing) {
  std::vector<double> looks = constant(0.5, 40);
  looks.insert(looks.end(), {0.97, 0.97, 0.97});
  looks.insert(looks.end(), 40, 0.5);
  EXPECT_TRUE(orders_of({GuardPolicy::stop, 0.85, 0.95}, looks).empty());
}

TEST(Guard, the_next_crossing_is_news_only_after_the_memory_fell) {
  auto looks = constant(0.96, 20);
  looks.insert(looks.end(), 20, 0.94);  // not far enough
  looks.insert(looks.end(), 20, 0.96);
  looks.insert(looks.end(), 60, 0.90);
  looks.insert(looks.end(), 20, 0.96);
  EXPECT_EQ(orders_of({GuardPolicy::warn, 0.85, 0.95}, looks),
            (std::vector{GuardOrder::warn, GuardOrder::warn}));
}

TEST(Guard, stop_interrupts_then_terminates_once) {
  Guard guard{GuardPolicy::stop, 0.85, 0.95};
  EXPECT_EQ(guard.look(0.96, at(0)), GuardOrder::none);
  EXPECT_EQ(guard.look(0.96, at(1)), GuardOrder::interrupt);
  EXPECT_EQ(guard.look(0.96, at(30)), GuardOrder::none);
  EXPECT_EQ(guard.look(std::nullopt, at(31)), GuardOrder::terminate);
  EXPECT_EQ(guard.look(0.99, at(100)), GuardOrder::none);
}

TEST(Guard, a_trainer_that_gave_memory_back_may_take_its_time) {
  Guard guard{GuardPolicy::stop, 0.85, 0.95};
  (void)guard.look(0.96, at(0));
  ASSERT_EQ(guard.look(0.96, at(1)), GuardOrder::interrupt);
  EXPECT_EQ(guard.look(0.7, at(40)), GuardOrder::none) << "it may be saving";
  EXPECT_EQ(guard.look(0.96, at(300)), GuardOrder::terminate) << "it went on, and fills up again";
}

TEST(Guard, a_steep_climb_over_the_warning_line_is_seen_before_it_arrives) {
  std::vector<double> looks;
  for (double full = 0.5; full < 0.94; full += 0.01) looks.push_back(full);  // 4% a second
  EXPECT_EQ(orders_of({GuardPolicy::stop, 0.85, 0.95}, looks), std::vector{GuardOrder::interrupt});
}

TEST(Guard, a_slow_climb_is_none) {
  std::vector<double> looks;
  for (double full = 0.90; full < 0.94; full += 0.0002) looks.push_back(full);
  EXPECT_TRUE(orders_of({GuardPolicy::stop, 0.85, 0.95}, looks).empty());
}

TEST(Guard, what_cannot_be_read_is_no_reason) {
  Guard guard{GuardPolicy::stop, 0.85, 0.95};
  for (int i = 0; i < 100; ++i) EXPECT_EQ(guard.look(std::nullopt, at(i)), GuardOrder::none);
}

}  // namespace
}  // namespace tidemark
