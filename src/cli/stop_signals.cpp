#include "cli/stop_signals.h"

#include <csignal>

#include "os/signal_set.h"

namespace tidemark {

Result<SignalQueue> take_stop_signals() {
  const sigset_t signals = signal_set({SIGINT, SIGTERM});
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return SignalQueue::open(signals);
}

}  // namespace tidemark
