#include "sensing/mac_text/ps_table.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Ps, of_a_path_with_spaces_only_the_program_is_kept) {
  const auto rows = parse_ps(
      "    1     0  12416 /sbin/launchd\n"
      "  731     1 524288 /Applications/Some App.app/Contents/MacOS/Some App Helper (GPU)\n"
      "80512 80490 11010048 /opt/homebrew/bin/python3.12\n");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].pid, 1);
  EXPECT_EQ(rows[0].name, "launchd");
  EXPECT_EQ(rows[1].rss, mib(512));
  EXPECT_EQ(rows[1].name, "Some App Helper (GPU)");
  EXPECT_EQ(rows[2].pid, 80512);
  EXPECT_EQ(rows[2].parent, 80490);
  EXPECT_EQ(rows[2].rss, Bytes{11274289152});
  EXPECT_EQ(rows[2].name, "python3.12");
}

TEST(Ps, lines_that_are_no_process_are_passed_over) {
  EXPECT_TRUE(parse_ps("").empty());
  EXPECT_TRUE(parse_ps("  PID  PPID    RSS COMM\n").empty());
  EXPECT_TRUE(parse_ps("99999999999 1 5 x\n12 1\n-4 1 5 x\n").empty());
}

}  // namespace
}  // namespace tidemark
