#include "launcher/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

#include "launcher/launcher.h"
#include "os/host_root.h"

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

SignalTarget target_of(int number, int code) {
  if (code <= 0)
    return SignalTarget::main_process;  // SI_USER, SI_QUEUE, SI_TKILL: a process did it
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
  else if (target == SignalTarget::main_process && signal.code == SI_QUEUE)
    ::sigqueue(main_process, signal.number, signal.value);
  else if (target == SignalTarget::main_process)
    ::kill(main_process, signal.number);
}

Result<SignalGate> SignalGate::open() {
  sigset_t every{};
  ::sigfillset(&every);
  UniqueFd queue{::signalfd(-1, &every, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!queue) return std::unexpected(system_error(errno, "signalfd"));
  SignalState before;
  ::pthread_sigmask(SIG_SETMASK, &every, &before.mask);
  // An ignored SIGCHLD would have the kernel reap the trainer and drop its status (wait(2)).
  struct sigaction plain{};
  plain.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &plain, &before.child_action);
  before.file_size_action = file_size_action();
  return SignalGate{std::move(queue), before};
}

SignalGate::SignalGate(SignalGate&& other) noexcept = default;

SignalGate::~SignalGate() {
  if (!queue_) return;  // moved from
  // A write of ours to a closed pipe leaves a SIGPIPE waiting for this thread.
  sigset_t pipe_only{};
  ::sigemptyset(&pipe_only);
  ::sigaddset(&pipe_only, SIGPIPE);
  const timespec at_once{};
  while (::sigtimedwait(&pipe_only, nullptr, &at_once) > 0) {
  }
  ::sigaction(SIGCHLD, &before_.child_action, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &before_.mask, nullptr);
}

std::optional<ReceivedSignal> SignalGate::next() {
  signalfd_siginfo info{};
  if (::read(queue_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info))
    return std::nullopt;
  ReceivedSignal signal{static_cast<int>(info.ssi_signo), info.ssi_code,
                        static_cast<pid_t>(info.ssi_pid), sigval{}};
  signal.value.sival_ptr = reinterpret_cast<void*>(static_cast<std::uintptr_t>(info.ssi_ptr));
  return signal;
}

}  // namespace tidemark
