// A kqueue of EVFILT_SIGNAL (kqueue(2)): it records every attempt to deliver a signal to the
// process, of blocked and ignored ones too, and says nothing of who sent it.
#include "os/signal_queue.h"

#include <fcntl.h>
#include <sys/event.h>
#include <unistd.h>

#include <cerrno>

#include "os/host_root.h"
#include "os/signal_origin.h"
#include "os/signal_set.h"

namespace tidemark {
namespace {

/// Looked up each time: the shell moves the foreground.
bool own_group_in_foreground() {
  const UniqueFd terminal{::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)};
  return terminal && ::tcgetpgrp(terminal.get()) == ::getpgrp();
}

/// Such a signal is never pending, and the queue hears of it all the same. Those whose default is
/// to be ignored: signal(3).
bool is_ignored(int number) {
  struct sigaction action{};
  if (::sigaction(number, nullptr, &action) != 0) return false;
  if (action.sa_handler == SIG_IGN) return true;
  const bool ignored_by_default = number == SIGCHLD || number == SIGWINCH || number == SIGURG ||
                                  number == SIGIO || number == SIGINFO;
  return action.sa_handler == SIG_DFL && ignored_by_default;
}

}  // namespace

Result<SignalQueue> SignalQueue::open(const sigset_t& signals) {
  UniqueFd queue{::kqueue()};
  if (!queue) return std::unexpected(system_error(errno, "kqueue"));
  (void)::fcntl(queue.get(), F_SETFD, FD_CLOEXEC);
  for (int number = 1; number < NSIG; ++number) {
    if (!contains(signals, number)) continue;
    struct kevent change{};
    EV_SET(&change, static_cast<uintptr_t>(number), EVFILT_SIGNAL, EV_ADD, 0, 0, nullptr);
    if (::kevent(queue.get(), &change, 1, nullptr, 0, nullptr) != 0)
      return std::unexpected(system_error(errno, "kevent of signal " + std::to_string(number)));
  }
  return SignalQueue{std::move(queue)};
}

// One event a signal's number, however often it was sent since; POSIX keeps no count either. What
// is neither pending nor ignored was taken by take_pending or had its effect (a stop of our own),
// and is no news.
std::optional<ReceivedSignal> SignalQueue::next() {
  struct kevent event{};
  const timespec at_once{};
  while (::kevent(queue_.get(), nullptr, 0, &event, 1, &at_once) == 1) {
    const auto number = static_cast<int>(event.ident);
    if (take_pending(number) || is_ignored(number))
      return ReceivedSignal{.number = number,
                            .origin = presume_origin(number, own_group_in_foreground())};
  }
  return std::nullopt;
}

bool take_pending(int signal) {
  sigset_t pending{};
  if (::sigpending(&pending) != 0 || !contains(pending, signal)) return false;
  const sigset_t only = signal_set({signal});
  int taken = 0;
  return ::sigwait(&only, &taken) == 0 && taken == signal;
}

void send_with_value(pid_t pid, int signal, sigval) {
  (void)::kill(pid, signal);
}

}  // namespace tidemark
