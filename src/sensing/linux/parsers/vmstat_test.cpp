#include "sensing/linux/parsers/vmstat.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Vmstat, the_four_counters_are_found) {
  HostCounters counters;
  parse_vmstat(
      "nr_free_pages 5909907\npgpgin 1\npswpin 11\npswpout 22\npgfault 5\npgmajfault 2716\n"
      "oom_kill 3\nnuma_pte_updates 9\n",
      counters);
  EXPECT_EQ(counters.swap_in_pages_total, 11U);
  EXPECT_EQ(counters.swap_out_pages_total, 22U);
  EXPECT_EQ(counters.major_faults_total, 2716U);
  EXPECT_EQ(counters.oom_kill_total, 3U);
}

TEST(Vmstat, a_kernel_without_swap_or_oom_counter_leaves_them_absent) {
  HostCounters counters;
  parse_vmstat("pgmajfault 1\noom_kill_like 7\n", counters);
  EXPECT_FALSE(counters.swap_in_pages_total.has_value());
  EXPECT_FALSE(counters.oom_kill_total.has_value());
  EXPECT_EQ(counters.major_faults_total, 1U);
}

}  // namespace
}  // namespace tidemark
