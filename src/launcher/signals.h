// Every signal that reaches the launcher, as a queue to read, and whom each is meant for.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "core/result.h"
#include "os/signal_queue.h"

namespace tidemark {

enum class SignalTarget : std::uint8_t {
  nobody,        // about the launcher itself
  main_process,  // sent to this very process: to the trainer, as it would have been without us
  whole_group,   // sent to a process group: the keyboard's and the terminal's
};

/// SIGCHLD, SIGCONT and SIGWINCH have their own rules; this is for the others.
SignalTarget target_of(int number, SignalOrigin origin);

/// Sends it on, with the value that sigqueue(3) sent along.
void hand_on(const ReceivedSignal& signal, SignalTarget target, pid_t main_process);

/// How signals stood before the gate closed; the trainer starts with it. Ignored dispositions
/// (nohup) are not touched and pass through fork and exec by themselves.
struct SignalState {
  sigset_t mask{};
  struct sigaction child_action{};      // of SIGCHLD
  struct sigaction file_size_action{};  // of SIGXFSZ, see ignore_file_size_signal
};

/// From open to destruction all signals are blocked in this thread and wait in a queue. Ignored
/// ones come too. Then the old state returns.
class SignalGate {
 public:
  static Result<SignalGate> open();
  SignalGate(SignalGate&& other) noexcept = default;
  SignalGate& operator=(SignalGate&&) = delete;
  ~SignalGate();

  int poll_fd() const { return queue_.poll_fd(); }
  std::optional<ReceivedSignal> next() { return queue_.next(); }
  const SignalState& state_before() const { return before_; }

 private:
  SignalGate(SignalQueue queue, const SignalState& before)
      : queue_(std::move(queue)), before_(before) {}
  SignalQueue queue_;
  SignalState before_;
};

}  // namespace tidemark
