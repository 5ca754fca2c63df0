#include "sensing/linux/parsers/oom_kill_lines.h"

#include <gtest/gtest.h>

#include <vector>

namespace tidemark {
namespace {

std::vector<OomKill> kills_in(std::string_view log) {
  OomKillLines lines{4096};
  std::vector<OomKill> kills;
  while (!log.empty()) {
    const auto end = log.find('\n');
    if (auto kill = lines.take(log.substr(0, end))) kills.push_back(std::move(*kill));
    log.remove_prefix(end == std::string_view::npos ? log.size() : end + 1);
  }
  return kills;
}

TEST(OomKillLines, linux_6_container_limit_with_the_cgroup_that_has_it) {
  const auto kills = kills_in(
      "python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
      "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
      "oom_memcg=/training,task_memcg=/training/run-1,task=python3,pid=4711,uid=1000\n"
      "Memory cgroup out of memory: Killed process 4711 (python3) total-vm:2097152kB, "
      "anon-rss:1048576kB, file-rss:5120kB, shmem-rss:0kB, UID:1000 pgtables:2200kB "
      "oom_score_adj:0\n");
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].pid, 4711);
  EXPECT_EQ(kills[0].name, "python3");
  EXPECT_TRUE(kills[0].by_cgroup);
  EXPECT_EQ(kills[0].limiting_cgroup, "/training");
  EXPECT_EQ(kills[0].task_cgroup, "/training/run-1");
  EXPECT_EQ(kills[0].anon_rss, gib(1));
}

TEST(OomKillLines, linux_6_whole_machine) {
  const auto kills = kills_in(
      "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,"
      "task_memcg=/user.slice,task=node,pid=4294,uid=1001\n"
      "Out of memory: Killed process 4294 (node) total-vm:937620kB, anon-rss:72856kB, "
      "file-rss:16kB, "
      "shmem-rss:0kB, UID:1001 pgtables:1kB oom_score_adj:0\n");
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_FALSE(kills[0].by_cgroup);
  EXPECT_EQ(kills[0].limiting_cgroup, "");
  EXPECT_EQ(kills[0].task_cgroup, "/user.slice");
}

TEST(OomKillLines, linux_4_container_limit) {
  const auto kills = kills_in(
      "Task in /docker/34 killed as a result of limit of /docker\n"
      "memory: usage 204800kB, limit 204800kB, failcnt 4563\n"
      "Memory cgroup out of memory: Kill process 215 (java) score 854 or sacrifice child\n"
      "Killed process 215 (java) total-vm:11017300kB, anon-rss:7152432kB, file-rss:1232kB, "
      "shmem-rss:0kB\n");
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].pid, 215);
  EXPECT_TRUE(kills[0].by_cgroup);
  EXPECT_EQ(kills[0].limiting_cgroup, "/docker");
  EXPECT_EQ(kills[0].task_cgroup, "/docker/34");
  EXPECT_EQ(kills[0].anon_rss, kib(7152432));
}

TEST(OomKillLines, linux_4_whole_machine_after_a_container) {
  const auto kills = kills_in(
      "Task in /a killed as a result of limit of /a\n"
      "Memory cgroup out of memory: Kill process 1 (x) score 1 or sacrifice child\n"
      "Killed process 1 (x) total-vm:1kB, anon-rss:1kB, file-rss:1kB\n"
      "Out of memory: Kill process 2188 (mysqld) score 60 or sacrifice child\n"
      "Killed process 2188 (mysqld) total-vm:3330016kB, anon-rss:864176kB, file-rss:8072kB\n");
  ASSERT_EQ(kills.size(), 2U);
  EXPECT_TRUE(kills[0].by_cgroup);
  EXPECT_FALSE(kills[1].by_cgroup);
}

TEST(OomKillLines, distributions_that_print_the_user_near_the_name) {
  EXPECT_EQ(kills_in("Killed process 7, UID 679, (java) total-vm:1kB, anon-rss:2kB\n")[0].name,
            "java");
  EXPECT_EQ(kills_in("Killed process 7 (java), UID 679, total-vm:1kB, anon-rss:2kB\n")[0].name,
            "java");
}

TEST(OomKillLines, a_hostile_name_stays_a_name) {
  const auto kills = kills_in(
      "Out of memory: Killed process 7 (a) total-vm:1k) total-vm:900kB, anon-rss:512kB, "
      "file-rss:0kB\n");
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].name, "a) total-vm:1k");
  EXPECT_EQ(kills[0].anon_rss, kib(512));
}

TEST(OomKillLines, every_member_of_a_killed_group_is_given) {
  const auto kills = kills_in(
      "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),oom_memcg=/g,task_memcg=/"
      "g,task=a,pid=1,"
      "uid=0\n"
      "Memory cgroup out of memory: Killed process 1 (a) total-vm:1kB, anon-rss:1kB\n"
      "Tasks in /g are going to be killed due to memory.oom.group set\n"
      "Memory cgroup out of memory: Killed process 2 (b) total-vm:1kB, anon-rss:1kB\n");
  ASSERT_EQ(kills.size(), 2U);
  EXPECT_EQ(kills[1].pid, 2);
  EXPECT_EQ(kills[1].limiting_cgroup, "/g");
}

TEST(OomKillLines, other_messages_and_broken_numbers_are_no_kills) {
  EXPECT_TRUE(kills_in("oom_reaper: reaped process 7 (x), now anon-rss:0kB\n").empty());
  EXPECT_TRUE(kills_in("Killed process x (y)\nKilled process 99999999999 (y)\n").empty());
}

TEST(KernelMessage, the_prefix_is_cut_and_continuation_lines_are_left_out) {
  EXPECT_EQ(kernel_message("3,1234,98765,-;Out of memory\n SUBSYSTEM=x\n"), "Out of memory");
  EXPECT_EQ(kernel_message("6,1,0,-,caller=T7;hello; world"), "hello; world");
}

TEST(KernelMessage, what_a_program_wrote_to_the_log_is_not_the_kernels) {
  EXPECT_FALSE(kernel_message("12,1234,98765,-;Killed process 1 (init)").has_value());
  EXPECT_FALSE(kernel_message("no prefix").has_value());
  EXPECT_EQ(program_message("30,1,2,-;earlyoom[5]: x\n K=v\n"), "earlyoom[5]: x");
  EXPECT_FALSE(program_message("3,1,2,-;Out of memory").has_value());
}

}  // namespace
}  // namespace tidemark
