#include "os/process_watch.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace tidemark {
namespace {

pid_t spawn_sleeper() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::pause();
    ::_exit(0);
  }
  return pid;
}

TEST(ProcessWatch, notices_the_end_also_of_an_unreaped_process) {
  const pid_t pid = spawn_sleeper();
  const auto id = identify_process(HostRoot{}, pid);
  ASSERT_TRUE(id);
  const auto watch = ProcessWatch::open(HostRoot{}, *id);
  ASSERT_TRUE(watch) << watch.error().message;
  EXPECT_FALSE(watch->ended());
  ::kill(pid, SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);  // ended, still a zombie
  EXPECT_TRUE(watch->ended());
  ::waitpid(pid, nullptr, 0);
  EXPECT_TRUE(watch->ended());
}

TEST(ProcessWatch, one_that_was_killed_is_ending_at_once) {
  const pid_t pid = spawn_sleeper();
  const auto watch = ProcessWatch::open(HostRoot{}, *identify_process(HostRoot{}, pid));
  ASSERT_TRUE(watch);
  EXPECT_FALSE(watch->ending());
  ::kill(pid, SIGKILL);
  EXPECT_TRUE(watch->ending());  // at once, whatever the kernel still has to do
  ::waitpid(pid, nullptr, 0);
  EXPECT_TRUE(watch->ending());
}

TEST(ProcessWatch, another_start_time_is_another_process) {
  const auto id = identify_process(HostRoot{}, ::getpid());
  ASSERT_TRUE(id);
  const auto watch = ProcessWatch::open(HostRoot{}, {id->pid, id->start_ticks + 1});
  ASSERT_FALSE(watch);
  EXPECT_EQ(watch.error().code, Errc::gone);
}

TEST(ProcessWatch, the_wait_status_is_kept_where_the_kernel_keeps_it) {
  const pid_t pid = spawn_sleeper();
  const auto id = identify_process(HostRoot{}, pid);
  ASSERT_TRUE(id);
  const auto watch = ProcessWatch::open(HostRoot{}, *id);
  ASSERT_TRUE(watch);
  EXPECT_FALSE(watch->wait_status().has_value());
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  const auto status = watch->wait_status();
  if (!status) GTEST_SKIP() << "this kernel has no PIDFD_INFO_EXIT (Linux 6.15)";
  EXPECT_TRUE(WIFSIGNALED(*status));
  EXPECT_EQ(WTERMSIG(*status), SIGKILL);
}

TEST(ProcessWatch, the_wait_status_waits_for_a_parent_that_reaps_a_little_later) {
  const pid_t pid = spawn_sleeper();
  const auto watch = ProcessWatch::open(HostRoot{}, *identify_process(HostRoot{}, pid));
  ASSERT_TRUE(watch);
  ::kill(pid, SIGKILL);
  while (!watch->ended()) std::this_thread::yield();
  EXPECT_FALSE(watch->wait_status()) << "it is a zombie, and nobody asks for a zombie's status";
  std::thread parent{[pid] {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    ::waitpid(pid, nullptr, 0);
  }};
  const auto status = watch->wait_status(std::chrono::seconds{30});
  parent.join();
  if (!status) GTEST_SKIP() << "this kernel has no PIDFD_INFO_EXIT (Linux 6.15)";
  EXPECT_EQ(WTERMSIG(*status), SIGKILL);
}

}  // namespace
}  // namespace tidemark
