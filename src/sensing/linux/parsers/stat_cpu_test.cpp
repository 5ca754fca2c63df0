#include "sensing/linux/parsers/stat_cpu.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(StatCpu, idle_and_iowait_are_not_busy_and_guest_time_counts_once) {
  const auto ticks = parse_stat_cpu("cpu  100 20 30 500 40 5 6 7 90 10\ncpu0 1 2 3 4\n");
  ASSERT_TRUE(ticks);
  EXPECT_EQ(ticks->busy, 168U);
  EXPECT_EQ(ticks->total, 708U);
}

TEST(StatCpu, an_old_kernel_with_four_columns_is_understood) {
  EXPECT_EQ(parse_stat_cpu("cpu 1 2 3 4\n")->total, 10U);
}

TEST(StatCpu, other_text_is_absent) {
  EXPECT_FALSE(parse_stat_cpu("cpu0 1 2 3 4\n").has_value());
  EXPECT_FALSE(parse_stat_cpu("cpu 1 2 x\n").has_value());
  EXPECT_FALSE(parse_stat_cpu("").has_value());
}

}  // namespace
}  // namespace tidemark
