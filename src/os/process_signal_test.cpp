#include "os/process_signal.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "os/process_watch.h"

namespace tidemark {
namespace {

TEST(SignalProcess, reaches_the_process) {
  const HostRoot host;
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  const auto id = identify_process(host, child);
  ASSERT_TRUE(id);
  EXPECT_TRUE(signal_process(host, *id, SIGTERM));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
  const auto late = signal_process(host, *id, SIGTERM);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::gone);
}

TEST(SignalProcess, never_one_that_has_its_pid_by_now) {
  const HostRoot host;
  auto id = identify_process(host, ::getpid());
  ASSERT_TRUE(id);
  ++id->start_ticks;
  const auto sent = signal_process(host, *id, SIGKILL);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::gone);
}

}  // namespace
}  // namespace tidemark
