#include "core/time.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(ClockAnchor, a_timestamp_is_the_anchor_plus_boot_time_since) {
  const ClockAnchor anchor{BootTime{5'000'000'000}, WallTime{1'700'000'000'000'000'000}};
  EXPECT_DOUBLE_EQ(anchor.unix_seconds(BootTime{7'500'000'000}), 1'700'000'002.5);
}

}  // namespace
}  // namespace tidemark
