#include "sensing/linux/parsers/smaps_rollup.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(SmapsRollup, private_pages_clean_and_dirty_are_the_unique_set) {
  const auto rollup = parse_smaps_rollup(
      "560ab0c32000-7ffe0fa7c000 ---p 00000000 00:00 0                          [rollup]\n"
      "Rss:                1748 kB\nPss:                 390 kB\nPss_Dirty:           116 kB\n"
      "Shared_Clean:       1536 kB\nShared_Dirty:          0 kB\nPrivate_Clean:        96 kB\n"
      "Private_Dirty:       116 kB\nSwapPss:               0 kB\n");
  ASSERT_TRUE(rollup);
  EXPECT_EQ(rollup->rss, kib(1748));
  EXPECT_EQ(rollup->pss, kib(390));
  EXPECT_EQ(rollup->uss, kib(212));
}

TEST(SmapsRollup, an_empty_text_of_an_ending_process_is_absent) {
  EXPECT_FALSE(parse_smaps_rollup("").has_value());
  EXPECT_FALSE(parse_smaps_rollup("Rss: 4 kB\nPss: 4 kB\n").has_value());
}

}  // namespace
}  // namespace tidemark
