// Every signal that reaches the launcher, as a queue to read, and whom each is meant for.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "core/result.h"
#include "os/unique_fd.h"

namespace tidemark {

struct ReceivedSignal {
  int number = 0;
  int code = 0;      // si_code of sigaction(2)
  pid_t sender = 0;  // where the code is that of a process
  sigval value{};    // with SI_QUEUE
};

enum class SignalTarget : std::uint8_t {
  nobody,        // about the launcher itself
  main_process,  // sent to this very process: to the trainer, as it would have been without us
  whole_group,   // sent to a process group: the keyboard's and the terminal's
};

/// SIGCHLD, SIGCONT and SIGWINCH have their own rules; this is for the others.
SignalTarget target_of(int number, int code);

/// Sends it on. With SI_QUEUE its value goes along.
void hand_on(const ReceivedSignal& signal, SignalTarget target, pid_t main_process);

/// How signals stood before the gate closed; the trainer starts with it. Ignored dispositions
/// (nohup) are not touched and pass through fork and exec by themselves.
struct SignalState {
  sigset_t mask{};
  struct sigaction child_action{};      // of SIGCHLD
  struct sigaction file_size_action{};  // of SIGXFSZ, see ignore_file_size_signal
};

/// From open to destruction all signals are blocked in this thread and wait in a signalfd. Ignored
/// ones come too: the kernel discards no signal that is blocked. Then the old state returns.
class SignalGate {
 public:
  static Result<SignalGate> open();
  SignalGate(SignalGate&& other) noexcept;
  SignalGate& operator=(SignalGate&&) = delete;
  ~SignalGate();

  int poll_fd() const { return queue_.get(); }
  std::optional<ReceivedSignal> next();
  const SignalState& state_before() const { return before_; }

 private:
  SignalGate(UniqueFd queue, const SignalState& before)
      : queue_(std::move(queue)), before_(before) {}
  UniqueFd queue_;
  SignalState before_;
};

}  // namespace tidemark
