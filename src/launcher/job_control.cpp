#include "launcher/job_control.h"

#include <signal.h>
#include <unistd.h>

#include <charconv>

#include "os/signal_queue.h"
#include "os/signal_set.h"

namespace tidemark {

StopAnswer answer_to_stop(const StopFacts& facts) {
  switch (facts.signal) {
    case SIGTTIN:
    case SIGTTOU:
      if (facts.launcher_has_foreground) return StopAnswer::lend_terminal;
      [[fallthrough]];
    case SIGTSTP:
      return facts.was_handed_on ? StopAnswer::stop_self : StopAnswer::stop_group;
    case SIGSTOP:
      // Holding the foreground it would leave the user without a prompt.
      return facts.has_terminal && facts.trainer_has_foreground ? StopAnswer::stop_self
                                                                : StopAnswer::leave;
    default:
      return StopAnswer::leave;
  }
}

bool is_ignored_or_blocked(std::string_view proc_pid_status, int signal) {
  for (const std::string_view field : {"\nSigBlk:\t", "\nSigIgn:\t"}) {
    const auto at = proc_pid_status.find(field);
    if (at == std::string_view::npos) continue;
    const auto text = proc_pid_status.substr(at + field.size());
    std::uint64_t mask = 0;
    std::from_chars(text.data(), text.data() + text.size(), mask, 16);
    if ((mask >> (signal - 1) & 1) != 0) return true;
  }
  return false;
}

bool stop_here(int signal, bool whole_group) {
  // SIGSTOP would stop an orphaned group too, for ever; SIGTSTP is refused there.
  const int own_signal = signal == SIGSTOP ? SIGTSTP : signal;
  struct sigaction plain{};
  struct sigaction before{};
  plain.sa_handler = SIG_DFL;
  ::sigaction(own_signal, &plain, &before);
  ::kill(whole_group ? 0 : ::getpid(), own_signal);
  const sigset_t stop_only = signal_set({own_signal});
  ::pthread_sigmask(SIG_UNBLOCK, &stop_only, nullptr);  // stops here
  ::pthread_sigmask(SIG_BLOCK, &stop_only, nullptr);
  ::sigaction(own_signal, &before, nullptr);
  return take_pending(SIGCONT);
}

}  // namespace tidemark
