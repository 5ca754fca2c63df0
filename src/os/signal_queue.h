// Signals as a queue to poll and read instead of handlers that interrupt.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "core/result.h"
#include "os/unique_fd.h"

namespace tidemark {

enum class SignalOrigin : std::uint8_t {
  process,  // kill, sigqueue, pthread_kill
  kernel,   // the keyboard, a terminal that hung up, a child that ended, a limit
};

struct ReceivedSignal {
  int number = 0;
  SignalOrigin origin = SignalOrigin::process;
  pid_t sender = 0;                      // of a process's; 0 where the system does not tell
  std::optional<sigval> queued_value{};  // what sigqueue(3) sent along
};

class SignalQueue {
 public:
  /// The caller has `signals` blocked in all threads, before or right after this, and for as long
  /// as it reads the queue. Those that are ignored come too.
  static Result<SignalQueue> open(const sigset_t& signals);

  /// Readable while one waits.
  int poll_fd() const { return queue_.get(); }

  /// The next one, taken out of the kernel's own list of what is pending; empty: none waits.
  std::optional<ReceivedSignal> next();

 private:
  explicit SignalQueue(UniqueFd queue) : queue_(std::move(queue)) {}
  UniqueFd queue_;
};

/// Takes one blocked signal that is pending for this thread or the process; false when there is
/// none. Does not wait.
bool take_pending(int signal);

/// sigqueue(3), where the system has it; kill(2) elsewhere.
void send_with_value(pid_t pid, int signal, sigval value);

}  // namespace tidemark
