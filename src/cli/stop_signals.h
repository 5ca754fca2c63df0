// SIGINT and SIGTERM as something to wait for.
#pragma once

#include "core/result.h"
#include "os/signal_queue.h"

namespace tidemark {

/// Blocks both for this thread and those it starts afterwards: call it before there is another one,
/// which would take them. Errors: the system's.
Result<SignalQueue> take_stop_signals();

/// For poll(2); -1 where there is no queue: nothing stops then but a SIGKILL.
inline int poll_fd_of(const Result<SignalQueue>& queue) {
  return queue ? queue->poll_fd() : -1;
}

}  // namespace tidemark
