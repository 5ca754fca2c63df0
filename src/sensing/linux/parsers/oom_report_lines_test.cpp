#include "sensing/linux/parsers/oom_report_lines.h"

#include <gtest/gtest.h>

#include "sensing/text/scan.h"

namespace tidemark {
namespace {

constexpr std::int64_t kPage = 4096;

std::optional<OomReport> report_in(std::string_view log, std::int64_t page_bytes = kPage) {
  OomReportLines lines{page_bytes};
  while (!log.empty()) lines.take(take_line(log), BootTime{7});
  return lines.finish();
}

// Recorded: Linux 6.18, cgroup v1, a Python process with forked children in a cgroup of 60 MiB.
constexpr std::string_view kLinux6CgroupV1 =
    "python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
    "memory: usage 61440kB, limit 61440kB, failcnt 102\n"
    "kmem: usage 424kB, limit 9007199254740988kB, failcnt 0\n"
    "Memory cgroup stats for /zz:\n"
    "cache 49152\n"
    "rss 62431232\n"
    "shmem 0\n"
    "mapped_file 0\n"
    "hierarchical_memory_limit 62914560\n"
    "total_cache 49152\n"
    "total_rss 62431232\n"
    "total_shmem 8192\n"
    "total_inactive_anon 62427136\n"
    "Tasks state (memory values in pages):\n"
    "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents "
    "oom_score_adj name\n"
    "[  11302]     0 11302    22064    12604    10966     1638         0   155648        0        "
    "     0 python3\n"
    "[  11344]     0 11344    13375    11656    10903      753         3   151552        0        "
    "     0 a name of 3\n"
    "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/zz,"
    "task_memcg=/zz,task=python3,pid=11302,uid=0\n";

TEST(OomReportLines, what_each_held_and_what_the_cgroup_held_with_shared_pages_once) {
  const auto report = report_in(kLinux6CgroupV1);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->at, BootTime{7});
  EXPECT_EQ(report->cgroup_usage, mib(60));
  EXPECT_EQ(report->cgroup_limit, mib(60));
  EXPECT_EQ(report->cgroup_anon, Bytes{62431232});
  EXPECT_EQ(report->cgroup_shmem, Bytes{8192});
  EXPECT_FALSE(report->machine_free);
  ASSERT_EQ(report->tasks.size(), 2U);
  EXPECT_EQ(report->tasks[0].pid, 11302);
  EXPECT_EQ(report->tasks[0].rss, Bytes{12604 * kPage});
  EXPECT_EQ(report->tasks[0].anon, Bytes{10966 * kPage});
  EXPECT_EQ(report->tasks[1].shmem, Bytes{3 * kPage});
  EXPECT_EQ(report->tasks[1].name, "a name of 3");
}

// As mm/oom_kill.c and mm/memcontrol.c of 6.x print it for cgroup v2 (synthetic).
TEST(OomReportLines, cgroup_v2_and_pages_of_64_kib) {
  const auto report = report_in(
      "python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
      "memory: usage 102400kB, limit 102400kB, failcnt 9\n"
      "Memory cgroup stats for /training:\n"
      "anon 94371840\n"
      "file 1048576\n"
      "shmem 524288\n"
      "Tasks state (memory values in pages):\n"
      "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents "
      "oom_score_adj name\n"
      "[    901]  1000   901     9000     1000      900       92         8    65536        0       "
      "      0 python3\n",
      64 << 10);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->cgroup_anon, mib(90));
  EXPECT_EQ(report->cgroup_shmem, kib(512));
  ASSERT_EQ(report->tasks.size(), 1U);
  EXPECT_EQ(report->tasks[0].anon, Bytes{900 * (64 << 10)});
}

// As Linux 5.x prints it for the whole machine (synthetic): no parts of RSS yet.
TEST(OomReportLines, the_whole_machine_and_an_older_table) {
  const auto report = report_in(
      "node invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0\n"
      "Mem-Info:\n"
      "active_anon:150 inactive_anon:12100 isolated_anon:0\n"
      " active_file:5 inactive_file:9 isolated_file:0\n"
      " free:25145 free_pcp:63 free_cma:0\n"
      "Node 0 DMA free:15360kB min:28kB\n"
      "Tasks state (memory values in pages):\n"
      "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n"
      "[    512]     0   512    20000     8000   131072        0             0 systemd\n"
      "an interface that another processor spoke of\n"
      "[    901]  1000   901   900000   700000  6553600        0             0 python3\n");
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->cgroup_limit);
  EXPECT_EQ(report->machine_free, Bytes{25145 * kPage});
  ASSERT_EQ(report->tasks.size(), 2U);
  EXPECT_EQ(report->tasks[1].rss, Bytes{700000 * kPage});
  EXPECT_FALSE(report->tasks[1].anon);
}

TEST(OomReportLines, an_account_without_a_table_is_none_and_the_next_begins_anew) {
  EXPECT_FALSE(report_in("x invoked oom-killer: y\nmemory: usage 1kB, limit 1kB, failcnt 0\n"));
  OomReportLines lines{kPage};
  for (std::string_view log : {kLinux6CgroupV1, std::string_view{"y invoked oom-killer: z\n"}})
    while (!log.empty()) lines.take(take_line(log), {});
  EXPECT_FALSE(lines.finish());
}

TEST(OomReportLines, broken_tables_give_what_is_whole) {
  const auto report = report_in(
      "[  pid  ]   uid  tgid total_vm      rss name\n"
      "[    1]\n"
      "[    2]     0     x        1        1 a\n"
      "[    3]     0     99999999999        1        1 a\n"
      "[    4]     0     4        1        18446744073709551615 a\n"
      "[    5]     0     5        1        1\n");
  ASSERT_TRUE(report);
  ASSERT_EQ(report->tasks.size(), 1U);
  EXPECT_EQ(report->tasks[0].pid, 5);
  EXPECT_EQ(report->tasks[0].name, "");
}

}  // namespace
}  // namespace tidemark
