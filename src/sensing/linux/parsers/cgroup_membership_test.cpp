#include "sensing/linux/parsers/cgroup_membership.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(CgroupMembership, the_v1_memory_hierarchy_wins_in_a_hybrid_set_up) {
  const auto membership =
      parse_cgroup_membership("8:pids:/x\n4:cpu,memory:/training/run:1\n0::/user.slice\n");
  ASSERT_TRUE(membership);
  EXPECT_EQ(membership->version, CgroupVersion::v1);
  EXPECT_EQ(membership->path, "/training/run:1");
}

TEST(CgroupMembership, the_single_hierarchy_counts_where_v1_has_no_memory_controller) {
  const auto membership =
      parse_cgroup_membership("1:name=systemd:/x\n0::/user.slice/run-1.scope\n");
  ASSERT_TRUE(membership);
  EXPECT_EQ(membership->version, CgroupVersion::v2);
  EXPECT_EQ(membership->path, "/user.slice/run-1.scope");
}

TEST(CgroupMembership, text_without_either_is_absent) {
  EXPECT_FALSE(parse_cgroup_membership("").has_value());
  EXPECT_FALSE(parse_cgroup_membership("4:cpu:/a\nmemory\n4:memory:no-slash\n").has_value());
}

TEST(CgroupMounts, memory_v1_and_v2_mounts_are_found_among_the_others) {
  const auto mounts = parse_cgroup_mounts(
      "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
      "32 31 0:29 / /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu\n"
      "35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw,relatime shared:1 master:2 - cgroup cgroup "
      "rw,memory\n"
      "41 31 0:38 / /sys/fs/cgroup/my\\040unified rw,relatime - cgroup2 cgroup2 rw\n");
  ASSERT_EQ(mounts.size(), 2U);
  EXPECT_EQ(mounts[0].version, CgroupVersion::v1);
  EXPECT_EQ(mounts[0].root, "/docker/abc");
  EXPECT_EQ(mounts[0].mount_point, "/sys/fs/cgroup/memory");
  EXPECT_EQ(mounts[1].version, CgroupVersion::v2);
  EXPECT_EQ(mounts[1].mount_point, "/sys/fs/cgroup/my unified");
}

TEST(PathBelow, a_prefix_counts_only_at_a_slash) {
  EXPECT_EQ(path_below("/a/b", "/a"), "/b");
  EXPECT_EQ(path_below("/a", "/a"), "");
  EXPECT_EQ(path_below("/", "/"), "");
  EXPECT_EQ(path_below("/a/b", "/"), "/a/b");
  EXPECT_FALSE(path_below("/ab", "/a").has_value());
  EXPECT_FALSE(path_below("/../other", "/").has_value());
  EXPECT_FALSE(path_below("/a", "/..").has_value());
}

}  // namespace
}  // namespace tidemark
