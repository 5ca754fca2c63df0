#include "sensing/linux/parsers/pressure.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Pressure, percent_become_ratios_and_totals_stay_microseconds) {
  const auto pressure = parse_pressure(
      "some avg10=12.50 avg60=1.00 avg300=0.10 total=123456\n"
      "full avg10=3.25 avg60=0.50 avg300=0.00 total=7890\n");
  ASSERT_TRUE(pressure);
  EXPECT_DOUBLE_EQ(pressure->some_avg10_ratio, 0.125);
  EXPECT_DOUBLE_EQ(pressure->full_avg10_ratio, 0.0325);
  EXPECT_EQ(pressure->some_us_total, 123456U);
  EXPECT_EQ(pressure->full_us_total, 7890U);
}

TEST(Pressure, broken_text_is_absent_not_zero) {
  EXPECT_FALSE(parse_pressure("").has_value());
  EXPECT_FALSE(parse_pressure("some avg10=nan avg60=0 total=1\n").has_value());
  EXPECT_FALSE(parse_pressure("some avg10=0.00 avg60=0.00\n").has_value());
  EXPECT_FALSE(parse_pressure("full avg10=0.00 avg60=0.00 avg300=0.00 total=1\n").has_value());
}

}  // namespace
}  // namespace tidemark
