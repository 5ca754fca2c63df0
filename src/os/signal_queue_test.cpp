#include "os/signal_queue.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "os/signal_origin.h"
#include "os/signal_set.h"

namespace tidemark {
namespace {

// SIGUSR1 and SIGUSR2 blocked in this thread, as they were before afterwards.
class SignalQueueTest : public testing::Test {
 protected:
  SignalQueueTest() { ::pthread_sigmask(SIG_BLOCK, &signals_, &before_); }
  ~SignalQueueTest() override {
    while (take_pending(SIGUSR1) || take_pending(SIGUSR2)) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  const sigset_t signals_ = signal_set({SIGUSR1, SIGUSR2});
  sigset_t before_{};
};

bool is_readable(const SignalQueue& queue) {
  pollfd entry{.fd = queue.poll_fd(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) == 1;
}

TEST_F(SignalQueueTest, a_signal_waits_in_it_and_is_taken_once) {
  auto queue = SignalQueue::open(signals_);
  ASSERT_TRUE(queue) << queue.error().message;
  EXPECT_FALSE(is_readable(*queue));
  EXPECT_FALSE(queue->next());
  ::kill(::getpid(), SIGUSR1);
  EXPECT_TRUE(is_readable(*queue));
  const auto signal = queue->next();
  ASSERT_TRUE(signal);
  EXPECT_EQ(signal->number, SIGUSR1);
  EXPECT_EQ(signal->origin, SignalOrigin::process);
  EXPECT_FALSE(queue->next());
  EXPECT_FALSE(take_pending(SIGUSR1)) << "the kernel's list has it no more";
}

TEST_F(SignalQueueTest, a_signal_that_was_taken_otherwise_is_no_news) {
  auto queue = SignalQueue::open(signals_);
  ASSERT_TRUE(queue);
  ::kill(::getpid(), SIGUSR2);
  EXPECT_TRUE(take_pending(SIGUSR2));
  EXPECT_FALSE(queue->next());
  EXPECT_FALSE(take_pending(SIGUSR2));
}

TEST(SignalOrigin, a_terminals_signals_are_its_own_while_we_are_in_its_foreground) {
  for (const int signal : {SIGINT, SIGQUIT, SIGTSTP, SIGHUP, SIGTTIN, SIGTTOU, SIGWINCH}) {
    EXPECT_EQ(presume_origin(signal, true), SignalOrigin::kernel) << signal;
    EXPECT_EQ(presume_origin(signal, false), SignalOrigin::process) << signal;
  }
}

TEST(SignalOrigin, what_people_send_is_a_processs_and_what_we_caused_the_kernels) {
  for (const int signal : {SIGTERM, SIGUSR1, SIGALRM})
    EXPECT_EQ(presume_origin(signal, true), SignalOrigin::process) << signal;
  for (const int signal : {SIGCHLD, SIGPIPE, SIGXCPU, SIGXFSZ})
    EXPECT_EQ(presume_origin(signal, false), SignalOrigin::kernel) << signal;
}

}  // namespace
}  // namespace tidemark
