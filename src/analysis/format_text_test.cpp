#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "analysis/analysis.h"

namespace tidemark {
namespace {

TEST(FormatBytes, gib_have_one_decimal_and_mib_none) {
  EXPECT_EQ(format_bytes(Bytes{127'990'224'486}), "119.2 GB");
  EXPECT_EQ(format_bytes(mib(734)), "734 MB");
  EXPECT_EQ(format_bytes(kib(12)), "12 KB");
  EXPECT_EQ(format_bytes(Bytes{0}), "0 B");
  EXPECT_EQ(format_bytes(Bytes{1023}), "1023 B");
}

TEST(FormatBytes, what_rounds_to_1024_moves_to_the_next_unit) {
  EXPECT_EQ(format_bytes(Bytes{kBytesPerGib - 1}), "1.0 GB");
  EXPECT_EQ(format_bytes(mib(1023)), "1023 MB");
  EXPECT_EQ(format_bytes(Bytes{kBytesPerMib - 1}), "1 MB");
}

TEST(FormatBytes, headroom_may_be_negative_and_large) {
  EXPECT_EQ(format_bytes(gib(-2)), "-2.0 GB");
  EXPECT_EQ(format_bytes(gib(2048)), "2048 GB");
}

TEST(FormatDuration, units_follow_the_size) {
  EXPECT_EQ(format_duration(0.42), "0.4s");
  EXPECT_EQ(format_duration(48), "48s");
  EXPECT_EQ(format_duration(250), "4m 10s");
  EXPECT_EQ(format_duration(8040), "2h 14m");
  EXPECT_EQ(format_duration(90'000), "1d 1h");
}

TEST(FormatDuration, rounding_never_shows_sixty) {
  EXPECT_EQ(format_duration(59.7), "1m 0s");
  EXPECT_EQ(format_duration(9.97), "10s");
}

TEST(FormatDuration, what_is_no_duration_is_zero) {
  EXPECT_EQ(format_duration(-5), "0s");
  EXPECT_EQ(format_duration(std::nan("")), "0s");
  EXPECT_EQ(format_duration(std::numeric_limits<double>::infinity()), "0s");
  EXPECT_EQ(format_duration(1e300), "over 30,000 years");
}

TEST(FormatPercent, nearly_all_is_not_all_and_nearly_nothing_not_nothing) {
  EXPECT_EQ(format_percent(0.994), "99%");
  EXPECT_EQ(format_percent(0.9999), "99%");
  EXPECT_EQ(format_percent(1.0), "100%");
  EXPECT_EQ(format_percent(0.001), "<1%");
  EXPECT_EQ(format_percent(0.0), "0%");
  EXPECT_EQ(format_percent(std::nan("")), "?%");
}

}  // namespace
}  // namespace tidemark
