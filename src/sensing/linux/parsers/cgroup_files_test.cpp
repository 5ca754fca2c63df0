#include "sensing/linux/parsers/cgroup_files.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(CgroupFiles, max_and_the_v1_word_for_it_mean_no_limit) {
  EXPECT_EQ(parse_cgroup_bytes("68719476736\n"), gib(64));
  EXPECT_FALSE(parse_cgroup_bytes("max\n").has_value());
  EXPECT_FALSE(parse_cgroup_bytes("9223372036854771712\n").has_value());  // pages of 4 KiB
  EXPECT_FALSE(parse_cgroup_bytes("9223372036854710272\n").has_value());  // pages of 64 KiB
  EXPECT_FALSE(parse_cgroup_bytes("").has_value());
}

TEST(CgroupFiles, oom_kill_is_not_oom) {
  constexpr std::string_view kEvents =
      "low 0\nhigh 0\nmax 91\noom 5\noom_kill 2\noom_group_kill 0\n";
  EXPECT_EQ(parse_cgroup_count(kEvents, "oom_kill"), 2U);
  EXPECT_EQ(parse_cgroup_count(kEvents, "oom"), 5U);
  EXPECT_FALSE(parse_cgroup_count(kEvents, "kill").has_value());
  EXPECT_EQ(parse_cgroup_count("oom_kill_disable 0\nunder_oom 0\noom_kill 4\n", "oom_kill"), 4U);
}

TEST(CgroupFiles, v1_totals_of_the_subtree_replace_the_cgroups_own) {
  const auto stat = parse_cgroup_memory_stat(
      "cache 1\ninactive_file 172032\nhierarchical_memory_limit 2147483648\n"
      "hierarchical_memsw_limit 9223372036854771712\ntotal_swap 8192\ntotal_inactive_file "
      "344064\n");
  EXPECT_EQ(stat.inactive_file, Bytes{344064});
  EXPECT_EQ(stat.swap, Bytes{8192});
  EXPECT_EQ(stat.hierarchical_limit, gib(2));
}

TEST(CgroupFiles, v2_has_one_number_for_the_subtree) {
  const auto stat =
      parse_cgroup_memory_stat("anon 100\nfile 200\ninactive_anon 7\ninactive_file 150\n");
  EXPECT_EQ(stat.inactive_file, Bytes{150});
  EXPECT_FALSE(stat.hierarchical_limit.has_value());
}

}  // namespace
}  // namespace tidemark
