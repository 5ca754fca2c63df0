#include "os/signal_queue.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

#include "os/host_root.h"
#include "os/signal_set.h"

namespace tidemark {

Result<SignalQueue> SignalQueue::open(const sigset_t& signals) {
  UniqueFd queue{::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!queue) return std::unexpected(system_error(errno, "signalfd"));
  return SignalQueue{std::move(queue)};
}

std::optional<ReceivedSignal> SignalQueue::next() {
  signalfd_siginfo info{};
  if (::read(queue_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info))
    return std::nullopt;
  ReceivedSignal signal{.number = static_cast<int>(info.ssi_signo),
                        .sender = static_cast<pid_t>(info.ssi_pid)};
  // SI_USER, SI_QUEUE and SI_TKILL are 0 or less, the kernel's own codes above (sigaction(2)).
  if (info.ssi_code > 0) signal.origin = SignalOrigin::kernel;
  if (info.ssi_code == SI_QUEUE) {
    sigval value{};
    value.sival_ptr = reinterpret_cast<void*>(static_cast<std::uintptr_t>(info.ssi_ptr));
    signal.queued_value = value;
  }
  return signal;
}

bool take_pending(int signal) {
  const sigset_t only = signal_set({signal});
  const timespec at_once{};
  return ::sigtimedwait(&only, nullptr, &at_once) == signal;
}

void send_with_value(pid_t pid, int signal, sigval value) {
  (void)::sigqueue(pid, signal, value);
}

}  // namespace tidemark
