#include "sensing/linux/parsers/loadavg.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Loadavg, the_last_field_is_the_newest_pid) {
  EXPECT_EQ(parse_newest_pid("0.16 0.10 0.03 1/88 11172\n"), 11172);
}

TEST(Loadavg, broken_text_is_absent) {
  EXPECT_FALSE(parse_newest_pid("0.16 0.10 0.03 1/88").has_value());
  EXPECT_FALSE(parse_newest_pid("0.16 0.10 0.03 1/88 99999999999\n").has_value());
  EXPECT_FALSE(parse_newest_pid("").has_value());
}

}  // namespace
}  // namespace tidemark
