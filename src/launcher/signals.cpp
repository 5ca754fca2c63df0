#include "launcher/signals.h"

#include <unistd.h>

#include "launcher/launcher.h"
#include "os/signal_set.h"

namespace tidemark {

namespace {

// How SIGXFSZ stood when this program began.
struct sigaction& file_size_action() {
  static struct sigaction action = [] {
    struct sigaction now{};
    ::sigaction(SIGXFSZ, nullptr, &now);
    return now;
  }();
  return action;
}

}  // namespace

void ignore_file_size_signal() {
  (void)file_size_action();  // remembered before it is changed
  ::signal(SIGXFSZ, SIG_IGN);
}

SignalTarget target_of(int number, SignalOrigin origin) {
  if (origin == SignalOrigin::process) return SignalTarget::main_process;
  switch (number) {
    case SIGINT:
    case SIGQUIT:
    case SIGTSTP:
    case SIGHUP:
    case SIGTTIN:
    case SIGTTOU:
      return SignalTarget::whole_group;
    case SIGXCPU:  // the launcher's own CPU time; the trainer has inherited the limit
    case SIGXFSZ:  // the launcher's own log copy
    case SIGPIPE:
      return SignalTarget::nobody;
    default:  // an alarm(2) set before the exec of the launcher, SIGPWR, ...
      return SignalTarget::main_process;
  }
}

void hand_on(const ReceivedSignal& signal, SignalTarget target, pid_t main_process) {
  if (target == SignalTarget::whole_group)
    ::kill(-main_process, signal.number);
  else if (target == SignalTarget::main_process && signal.queued_value)
    send_with_value(main_process, signal.number, *signal.queued_value);
  else if (target == SignalTarget::main_process)
    ::kill(main_process, signal.number);
}

Result<SignalGate> SignalGate::open() {
  const sigset_t every = every_signal();
  auto queue = SignalQueue::open(every);
  if (!queue) return std::unexpected(queue.error());
  SignalState before;
  ::pthread_sigmask(SIG_SETMASK, &every, &before.mask);
  // An ignored SIGCHLD would have the kernel reap the trainer and drop its status (wait(2)).
  struct sigaction plain{};
  plain.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &plain, &before.child_action);
  before.file_size_action = file_size_action();
  return SignalGate{std::move(*queue), before};
}

SignalGate::~SignalGate() {
  if (queue_.poll_fd() < 0) return;  // moved from
  // A write of ours to a closed pipe leaves a SIGPIPE waiting for this thread.
  while (take_pending(SIGPIPE)) {
  }
  ::sigaction(SIGCHLD, &before_.child_action, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &before_.mask, nullptr);
}

}  // namespace tidemark
