#include "sensing/linux/oom_counters.h"

#include <gtest/gtest.h>
#include <sys/xattr.h>

#include "support/host_tree.h"

namespace tidemark {
namespace {

constexpr std::string_view kV2Mount = "30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
constexpr std::string_view kV1Mount =
    "31 25 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
const std::string kV2 = "sys/fs/cgroup";
const std::string kV1 = "sys/fs/cgroup/memory";

OomCounters counters_of(const HostTree& tree, std::string_view membership) {
  return OomCounters{tree.host(), find_cgroup(tree.host(), 7, membership).value()};
}

HostTree v2_tree() {
  HostTree tree;
  tree.file("proc/self/mountinfo", kV2Mount);
  for (const std::string folder : {"/a", "/a/b"})
    tree.file(kV2 + folder + "/memory.current", "1\n")
        .file(kV2 + folder + "/memory.max", folder == "/a" ? "1000000\n" : "max\n")
        .file(kV2 + folder + "/memory.events", "oom 4\noom_kill 4\n")
        .file(kV2 + folder + "/memory.events.local", "oom 2\noom_kill 1\n");
  return tree;
}

TEST(OomCounters, v2_tells_the_limit_that_could_not_be_kept_from_the_cgroup_that_lost_a_member) {
  auto tree = v2_tree();
  auto counters = counters_of(tree, "0::/a/b\n");
  tree.file(kV2 + "/a/memory.events", "oom 5\noom_kill 6\n")
      .file(kV2 + "/a/memory.events.local", "oom 3\noom_kill 1\n")
      .file(kV2 + "/a/b/memory.events", "oom 4\noom_kill 6\n");
  const auto grown = counters.growth();
  ASSERT_EQ(grown.levels.size(), 3U);
  EXPECT_TRUE(grown.to_the_root);
  EXPECT_EQ(grown.levels[0].cgroup, "/a/b");
  EXPECT_EQ(grown.levels[0].kills, 2U);
  EXPECT_EQ(grown.levels[0].limit_ooms, 0U);
  EXPECT_EQ(grown.levels[0].limit, std::nullopt);
  EXPECT_EQ(grown.levels[1].cgroup, "/a");
  EXPECT_EQ(grown.levels[1].limit_ooms, 1U);
  EXPECT_EQ(grown.levels[1].limit, Bytes{1000000});
  EXPECT_EQ(grown.levels[2].cgroup, "/");
  EXPECT_EQ(grown.levels[2].kills, std::nullopt);
}

TEST(OomCounters, before_linux_5_2_what_the_limits_below_counted_is_taken_off) {
  auto tree = v2_tree();
  tree.remove(kV2 + "/a/memory.events.local").remove(kV2 + "/a/b/memory.events.local");
  auto counters = counters_of(tree, "0::/a/b\n");
  tree.file(kV2 + "/a/memory.events", "oom 6\noom_kill 6\n")
      .file(kV2 + "/a/b/memory.events", "oom 6\noom_kill 6\n");
  const auto grown = counters.growth();
  EXPECT_EQ(grown.levels[0].limit_ooms, 2U);
  EXPECT_EQ(grown.levels[1].limit_ooms, 0U);
}

TEST(OomCounters, v1_has_each_ancestors_failcnt_and_where_its_watermark_stands) {
  HostTree tree;
  tree.file("proc/self/mountinfo", kV1Mount).file(kV1 + "/release_agent", "\n");
  for (const std::string folder : {"", "/t", "/t/run"})
    tree.file(kV1 + folder + "/memory.usage_in_bytes", "1\n")
        .file(kV1 + folder + "/memory.limit_in_bytes",
              folder == "/t" ? "1048576\n" : "9223372036854771712\n")
        .file(kV1 + folder + "/memory.max_usage_in_bytes", "1048576\n")
        .file(kV1 + folder + "/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n")
        .file(kV1 + folder + "/memory.failcnt", "5\n");
  auto counters = counters_of(tree, "4:memory:/t/run\n");
  tree.file(kV1 + "/t/run/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n")
      .file(kV1 + "/t/memory.failcnt", "14\n");
  const auto grown = counters.growth();
  ASSERT_EQ(grown.levels.size(), 3U);
  EXPECT_TRUE(grown.to_the_root);
  EXPECT_EQ(grown.levels[0].kills, 1U);
  EXPECT_EQ(grown.levels[0].limit_hits, 0U);
  EXPECT_FALSE(grown.levels[0].at_limit);
  EXPECT_EQ(grown.levels[1].cgroup, "/t");
  EXPECT_EQ(grown.levels[1].limit_hits, 9U);
  EXPECT_TRUE(grown.levels[1].at_limit);
}

TEST(OomCounters, a_containers_view_does_not_reach_the_root) {
  HostTree tree;
  tree.file("proc/self/mountinfo", kV2Mount).file(kV2 + "/memory.current", "1\n");
  auto counters = counters_of(tree, "0::/\n");
  const auto grown = counters.growth();
  EXPECT_FALSE(grown.to_the_root);
  ASSERT_EQ(grown.levels.size(), 1U);
  EXPECT_EQ(grown.levels[0].cgroup, "/");
  EXPECT_EQ(grown.levels[0].kills, std::nullopt);
}

TEST(OomCounters, folders_without_memory_files_keep_the_names_right) {
  HostTree tree;
  tree.file("proc/self/mountinfo", kV2Mount)
      .file(kV2 + "/a/memory.current", "1\n")
      .file(kV2 + "/a/b/cgroup.procs", "7\n");
  const auto place = find_cgroup(tree.host(), 7, "0::/a/b\n");
  ASSERT_TRUE(place);
  EXPECT_EQ(cgroup_names(*place), (std::vector<std::string>{"/a", "/"}));
}

TEST(OomCounters, the_mark_that_systemd_oomd_leaves_on_a_cgroup) {
  const auto tree = v2_tree();
  auto counters = counters_of(tree, "0::/a/b\n");
  const auto folder = tree.host().resolve(kV2 + "/a").string();
  if (::setxattr(folder.c_str(), "user.oomd_kill", "3", 1, 0) != 0)
    GTEST_SKIP() << "this file system keeps no user attributes";
  const auto grown = counters.growth();
  EXPECT_EQ(grown.levels[0].daemon_kills, 0U);
  EXPECT_EQ(grown.levels[1].daemon_kills, 3U);
}

}  // namespace
}  // namespace tidemark
