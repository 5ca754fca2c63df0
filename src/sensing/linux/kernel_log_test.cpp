#include <gtest/gtest.h>

#include <fstream>

#include "sensing/linux/test_child.h"
#include "sensing/sensing.h"
#include "support/host_tree.h"

namespace tidemark {
namespace {

constexpr std::string_view kKill =
    "6,900,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),oom_memcg=/a,task_memcg=/a/b,"
    "task=python3,pid=7,uid=0\n"
    "3,901,1,-;Memory cgroup out of memory: Killed process 7 (python3) total-vm:9kB, "
    "anon-rss:5kB\n";

TEST(KernelLog, only_what_was_logged_after_it_was_opened_counts) {
  HostTree tree;
  tree.file("dev/kmsg", kKill);
  auto log = KernelLog::open(tree.host());
  ASSERT_TRUE(log);
  EXPECT_TRUE(log->take_news().oom_kills.empty());
  std::ofstream{tree.host().resolve("dev/kmsg"), std::ios::app} << kKill << std::flush;
  const auto kills = log->take_news().oom_kills;
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].pid, 7);
  EXPECT_EQ(kills[0].limiting_cgroup, "/a");
  EXPECT_TRUE(log->take_news().oom_kills.empty());
}

TEST(KernelLog, devices_that_failed_and_daemons_that_killed_are_told_apart_from_the_kernels_kills) {
  HostTree tree;
  tree.file("dev/kmsg", "");
  auto log = KernelLog::open(tree.host());
  ASSERT_TRUE(log);
  std::ofstream{tree.host().resolve("dev/kmsg"), std::ios::app}
      << "4,1,1,-;NVRM: Xid (PCI:0000:01:00): 79, pid=7, GPU has fallen off the bus.\n"
      << "29,2,1,-;systemd-oomd[9]: Killed /a/b due to memory pressure for /a being 80%\n"
      << std::flush;
  const auto news = log->take_news();
  EXPECT_TRUE(news.oom_kills.empty());
  ASSERT_EQ(news.daemon_kills.size(), 1U);
  EXPECT_EQ(news.daemon_kills[0].cgroup, "/a/b");
  ASSERT_EQ(news.gpu_errors.size(), 1U);
  EXPECT_TRUE(news.gpu_errors[0].starts_with("NVRM: Xid"));
}

TEST(LogNames, only_the_initial_namespaces_names_are_the_kernels) {
  HostTree tree;
  tree.link("proc/self/ns/pid", "pid:[4026531836]")
      .link("proc/self/ns/cgroup", "cgroup:[4026532300]");
  EXPECT_TRUE(read_log_names(tree.host()).pids_are_ours);
  EXPECT_FALSE(read_log_names(tree.host()).cgroups_are_ours);
}

TEST(KernelLog, a_machine_without_it_is_said) {
  const HostTree tree;
  EXPECT_EQ(KernelLog::open(tree.host()).error().code, Errc::not_found);
}

TEST(KernelLog, a_real_kill_in_a_container_is_seen_with_its_cgroup) {
  auto log = KernelLog::open(HostRoot{});
  if (!log) GTEST_SKIP() << log.error().message;
  const TestCgroup cgroup;
  if (!cgroup.made()) GTEST_SKIP() << "no cgroup v1 memory hierarchy that can be written (root)";
  ASSERT_TRUE(cgroup.write("memory.limit_in_bytes", "33554432"));
  cgroup.write("memory.swappiness", "0");  // else it would be paged out instead
  TestChild child{[&cgroup](auto ready) {
    cgroup.add(::getpid());
    ready();
    filled_pages(256U << 20);
    wait_for_ever();
  }};
  const auto pid = child.pid();
  ASSERT_EQ(WTERMSIG(child.reap()), SIGKILL);
  std::vector<OomKill> kills;
  ASSERT_TRUE(becomes_true([&] {
    for (auto& kill : log->take_news().oom_kills)
      if (kill.pid == pid) kills.push_back(std::move(kill));
    return !kills.empty();
  }));
  EXPECT_TRUE(kills[0].by_cgroup);
  EXPECT_EQ(kills[0].limiting_cgroup, cgroup.name());
  EXPECT_EQ(kills[0].name, "sensing_test");
  ASSERT_TRUE(kills[0].anon_rss);
  EXPECT_GT(kills[0].anon_rss->count, mib(8).count);
}

}  // namespace
}  // namespace tidemark
