#include "sensing/linux/cgroup_reader.h"

#include <gtest/gtest.h>

#include "sensing/linux/test_child.h"
#include "support/host_tree.h"

namespace tidemark {
namespace {

constexpr std::string_view kV2Mount = "30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";

HostTree v2_tree() {
  HostTree tree;
  tree.file("proc/self/mountinfo", kV2Mount)
      .file("proc/7/cgroup", "0::/a/b\n")
      .file("sys/fs/cgroup/a/memory.max", "1000000\n")
      .file("sys/fs/cgroup/a/memory.current", "900000\n")
      .file("sys/fs/cgroup/a/memory.stat", "inactive_file 300000\n")
      .file("sys/fs/cgroup/a/memory.events", "oom 7\noom_kill 6\n")
      .file("sys/fs/cgroup/a/b/memory.max", "2000000\n")
      .file("sys/fs/cgroup/a/b/memory.current", "500000\n")
      .file("sys/fs/cgroup/a/b/memory.stat", "inactive_file 100000\n")
      .file("sys/fs/cgroup/a/b/memory.events", "oom 1\noom_kill 5\n");
  return tree;
}

CgroupReader reader_of(const HostTree& tree, std::optional<Bytes> machine = gib(1)) {
  auto place = find_cgroup(tree.host(), 7, *tree.host().read("proc/7/cgroup"));
  return CgroupReader{tree.host(), place.value(), machine};
}

TEST(CgroupReader, the_cgroup_that_has_the_limit_is_named) {
  auto tree = v2_tree();
  EXPECT_EQ(reader_of(tree).limiting_path(), "/a");
  tree.file("sys/fs/cgroup/a/b/memory.max", "500000\n");
  EXPECT_EQ(reader_of(tree).limiting_path(), "/a/b");
  EXPECT_EQ(reader_of(tree, Bytes{400'000}).limiting_path(), "") << "no limit below the machine's";
}

TEST(FindCgroup, the_leaf_comes_first_and_the_mount_last) {
  const auto tree = v2_tree();
  const auto place = find_cgroup(tree.host(), 7, "0::/a/b\n");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->folders,
            (std::vector<std::string>{"sys/fs/cgroup/a/b", "sys/fs/cgroup/a", "sys/fs/cgroup"}));
}

TEST(FindCgroup, the_trainers_own_mounts_serve_where_ours_do_not_reach) {
  HostTree tree;
  tree.file("proc/self/mountinfo", "22 27 0:21 / /proc rw - proc proc rw\n")
      .file("proc/7/mountinfo", "30 24 0:26 /run /cg rw - cgroup2 cgroup2 rw\n")
      .file("proc/7/root/cg/x/memory.current", "1\n");
  const auto place = find_cgroup(tree.host(), 7, "0::/run/x\n");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->folders, (std::vector<std::string>{"proc/7/root/cg/x", "proc/7/root/cg"}));
}

TEST(FindCgroup, a_cgroup_outside_our_namespace_is_absent) {
  const auto tree = v2_tree();
  EXPECT_FALSE(find_cgroup(tree.host(), 7, "0::/../elsewhere\n").has_value());
  EXPECT_FALSE(find_cgroup(tree.host(), 7, "0::/no/such\n").has_value());
  EXPECT_FALSE(find_cgroup(tree.host(), 7, "").has_value());
}

TEST(CgroupReader, before_linux_5_19_there_is_no_watermark_and_none_is_made_up) {
  auto tree = v2_tree();
  EXPECT_FALSE(reader_of(tree).read().peak_bound.has_value());
  tree.file("sys/fs/cgroup/a/memory.peak", "950000\n");
  EXPECT_EQ(reader_of(tree).read().peak_bound, Bytes{950000});
}

TEST(CgroupReader, the_lowest_limit_of_all_ancestors_and_the_working_set_where_it_is) {
  const auto tree = v2_tree();
  const auto sample = reader_of(tree).read();
  EXPECT_EQ(sample.limit, Bytes{1000000});
  EXPECT_EQ(sample.usage, Bytes{900000});
  EXPECT_EQ(sample.working_set, Bytes{600000});
  EXPECT_EQ(sample.oom_kill_total, 5U);    // of the leaf
  EXPECT_EQ(sample.limit_hits_total, 7U);  // no events.local before Linux 5.2
  EXPECT_FALSE(sample.peak_bound.has_value());
}

TEST(CgroupReader, a_limit_above_the_machine_is_none_and_the_leaf_is_still_reported) {
  const auto tree = v2_tree();
  const auto sample = reader_of(tree, Bytes{800000}).read();
  EXPECT_FALSE(sample.limit.has_value());
  EXPECT_EQ(sample.usage, Bytes{500000});
  EXPECT_EQ(sample.working_set, Bytes{400000});
}

TEST(CgroupReader, a_limit_that_is_set_later_is_seen_at_the_next_look) {
  auto tree = v2_tree();
  auto reader = reader_of(tree);
  tree.file("sys/fs/cgroup/a/b/memory.max", "600000\n");
  reader.look_at_limits();
  const auto sample = reader.read();
  EXPECT_EQ(sample.limit, Bytes{600000});
  EXPECT_EQ(sample.usage, Bytes{500000});
}

TEST(CgroupReader, of_two_equal_limits_the_upper_one_counts) {
  auto tree = v2_tree();
  tree.file("sys/fs/cgroup/a/b/memory.max", "1000000\n");
  EXPECT_EQ(reader_of(tree).read().usage, Bytes{900000});
}

TEST(CgroupReader, v1_without_hierarchy_takes_no_limit_from_above) {
  HostTree tree;
  tree.file("proc/self/mountinfo", "35 31 0:32 / /mem rw - cgroup cgroup rw,memory\n")
      .file("proc/7/cgroup", "4:memory:/a/b\n")
      .file("mem/a/memory.limit_in_bytes", "1000\n")
      .file("mem/a/memory.usage_in_bytes", "900\n")
      .file("mem/a/b/memory.limit_in_bytes", "5000\n")
      .file("mem/a/b/memory.usage_in_bytes", "700\n")
      .file("mem/a/b/memory.failcnt", "3\n")
      .file("mem/a/b/memory.memsw.failcnt", "40\n")
      .file("mem/a/b/memory.stat", "hierarchical_memory_limit 5000\ntotal_inactive_file 100\n");
  const auto sample = reader_of(tree).read();
  EXPECT_EQ(sample.limit, Bytes{5000});
  EXPECT_EQ(sample.limit_hits_total, 43U);
  EXPECT_EQ(sample.working_set, Bytes{600});
}

TEST(CgroupReader, quick_look_reads_the_file_cache_anew_only_when_it_matters) {
  auto tree = v2_tree();
  auto reader = reader_of(tree);
  reader.read();
  tree.file("sys/fs/cgroup/a/memory.stat", "inactive_file 500000\n");
  EXPECT_EQ(reader.quick_look()->used, Bytes{600000});  // 60% by the old cache: good enough
  tree.file("sys/fs/cgroup/a/memory.current", "990000\n");
  tree.file("sys/fs/cgroup/a/memory.stat", "inactive_file 200000\n");
  EXPECT_EQ(reader.quick_look()->used, Bytes{690000});
  tree.file("sys/fs/cgroup/a/memory.current", "1060000\n");
  EXPECT_EQ(reader.quick_look()->used, Bytes{860000});  // over 75%: looked again
}

TEST(CgroupReader, files_without_numbers_leave_the_values_absent) {
  HostTree tree = v2_tree();
  tree.file("sys/fs/cgroup/a/memory.current", "").file("sys/fs/cgroup/a/memory.stat", "");
  const auto sample = reader_of(tree).read();
  EXPECT_FALSE(sample.usage.has_value());
  EXPECT_FALSE(sample.working_set.has_value());
}

TEST(CgroupReader, a_real_nested_v1_cgroup) {
  const TestCgroup outer;
  if (!outer.made()) GTEST_SKIP() << "no cgroup v1 memory hierarchy that can be written (root)";
  TestCgroup inner{outer.name().substr(1)};
  ASSERT_TRUE(inner.made());
  ASSERT_TRUE(outer.write("memory.limit_in_bytes", "268435456"));
  TestChild child{[&inner](auto ready) {
    inner.add(::getpid());
    filled_pages(64U << 20);
    ready();
    wait_for_ever();
  }};
  const HostRoot host;
  const auto membership = host.read("proc/" + std::to_string(child.pid()) + "/cgroup");
  const auto place = find_cgroup(host, child.pid(), membership.value());
  ASSERT_TRUE(place);
  EXPECT_EQ(place->path, inner.name());
  CgroupReader reader{host, *place, std::nullopt};
  auto sample = reader.read();
  EXPECT_EQ(sample.limit, mib(256));
  ASSERT_TRUE(sample.working_set);
  EXPECT_GT(sample.working_set->count, mib(64).count);
  EXPECT_LT(sample.working_set->count, mib(100).count);
  EXPECT_GE(sample.peak_bound->count, sample.usage->count);
  EXPECT_EQ(sample.oom_kill_total, 0U);
  child.end();
  EXPECT_TRUE(reader.read().oom_kill_total.has_value());  // readable after the trainer's death
  ASSERT_TRUE(inner.remove());
  EXPECT_FALSE(reader.read().oom_kill_total.has_value());  // the leaf is gone,
  EXPECT_EQ(reader.read().limit, mib(256));                // the cgroup that has the limit is not
  EXPECT_TRUE(reader.read().usage.has_value());
}

}  // namespace
}  // namespace tidemark
