#include "sensing/linux/parsers/oom_daemon_line.h"

#include <gtest/gtest.h>

#include <csignal>

namespace tidemark {
namespace {

TEST(OomDaemonLine, earlyoom_names_signal_pid_and_process) {
  const auto kill = parse_oom_daemon_line(
      "1764186642.1 host earlyoom[512]: sending SIGTERM to process 4711 uid 1000 \"python3\": "
      "badness 805, VmRSS 23000 MiB");
  ASSERT_TRUE(kill);
  EXPECT_EQ(kill->daemon, "earlyoom");
  EXPECT_EQ(kill->pid, 4711);
  EXPECT_EQ(kill->name, "python3");
  EXPECT_EQ(kill->signal, SIGTERM);
}

TEST(OomDaemonLine, systemd_oomd_names_the_cgroup) {
  const auto kill = parse_oom_daemon_line(
      "systemd-oomd[321]: Killed /user.slice/user-1000.slice/run-7.scope due to memory pressure "
      "for "
      "/user.slice/user-1000.slice being 72.31% > 50.00% for > 20s with reclaim activity");
  ASSERT_TRUE(kill);
  EXPECT_EQ(kill->daemon, "systemd-oomd");
  EXPECT_EQ(kill->cgroup, "/user.slice/user-1000.slice/run-7.scope");
  EXPECT_EQ(kill->pid, 0);
  EXPECT_EQ(kill->signal, SIGKILL);
}

TEST(OomDaemonLine, other_lines_of_theirs_and_of_others_are_no_kills) {
  EXPECT_FALSE(parse_oom_daemon_line("earlyoom[512]: mem avail: 21790 of 23909 MiB (91.14%)"));
  EXPECT_FALSE(parse_oom_daemon_line("earlyoom[512]: sending SIGKILL to process x"));
  EXPECT_FALSE(parse_oom_daemon_line("systemd-oomd[3]: Killed python3 due to x"));
  EXPECT_FALSE(parse_oom_daemon_line("notearlyoom: sending SIGKILL to process 7"));
  EXPECT_FALSE(parse_oom_daemon_line("earlyoom[512"));
  EXPECT_FALSE(parse_oom_daemon_line("sending SIGKILL to process 7"));
}

}  // namespace
}  // namespace tidemark
