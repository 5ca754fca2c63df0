#include "sensing/linux/parsers/process_statm.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(ParseProcessStatm, resident_and_shared_are_pages) {
  const auto statm = parse_process_statm("2104 1021 900 5 0 213 0\n", 4096);
  ASSERT_TRUE(statm);
  EXPECT_EQ(statm->resident, Bytes{1021 * 4096});
  EXPECT_EQ(statm->shared, Bytes{900 * 4096});
  EXPECT_EQ(statm->anon(), Bytes{121 * 4096});
}

TEST(ParseProcessStatm, counters_that_are_read_in_between_give_nothing_below_zero) {
  EXPECT_EQ(parse_process_statm("9 5 7 0 0 0 0", 4096)->anon(), Bytes{});
}

TEST(ParseProcessStatm, what_is_no_such_file_is_absent) {
  EXPECT_FALSE(parse_process_statm("", 4096));
  EXPECT_FALSE(parse_process_statm("2104 1021", 4096));
  EXPECT_FALSE(parse_process_statm("2104 x 900 5", 4096));
  EXPECT_FALSE(parse_process_statm("1 18446744073709551615 1 0", 4096)) << "out of range";
}

}  // namespace
}  // namespace tidemark
