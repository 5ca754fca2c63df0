// The launcher's one loop, from the trainer's release to its end: signals, output, job control, the
// terminal. One thread: it never waits but in poll, so nothing needs a lock, output written before
// a stop is shown before the stop, and what is left at the end can simply be forked off.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "launcher/child.h"
#include "launcher/launcher.h"
#include "launcher/log_copy.h"
#include "launcher/relay.h"
#include "launcher/signals.h"
#include "launcher/terminal.h"

namespace tidemark {

class Supervisor {
 public:
  /// `hooks` and `signals` must outlive it.
  Supervisor(const LaunchHooks& hooks, SignalGate& signals, ControllingTerminal terminal,
             Relay relay, LogCopy log);

  /// The trainer, held. Gives it the terminal where stdin and stdout are the terminal and ours.
  void take_charge(HeldChild child);

  /// Releases it, with `environment` added to its own, and stays until its end. An Error: the exec
  /// failed.
  Result<LaunchOutcome> run(const std::string& command, std::span<const std::string> environment);

 private:
  using Clock = std::chrono::steady_clock;

  void wait_for_news();
  int poll_timeout_ms() const;
  void tick();
  void receive_signals();
  void receive(const ReceivedSignal& signal);
  void pass_on(const ReceivedSignal& signal, SignalTarget target);
  void note_sent(int signal);
  void continue_trainer();
  void reap();
  void trainer_stopped(int signal);
  void follow_window_size();
  void lend_terminal_if_ours();
  bool may_write_to_terminal();
  bool background_output_stops() const;
  void let_go_of_finished_stdout();
  void notice_end();
  bool drain();
  bool user_gave_up_waiting();
  void finish_output();

  const LaunchHooks& hooks_;
  SignalGate& signals_;
  ControllingTerminal terminal_;
  Relay relay_;
  LogCopy log_;
  ChannelCalls calls_{};
  HeldChild child_{};
  LaunchOutcome outcome_{};
  pid_t own_group_ = 0;
  bool interactive_ = false;  // stdin and stdout are the terminal: the trainer is to have it
  bool ended_ = false;
  bool stopped_ = false;
  int exec_error_ = 0;
  int last_handed_on_stop_ = 0;
  int last_kernel_signal_ = 0;  // of SIGINT and SIGQUIT: the keyboard's, seen by our group
  Clock::time_point next_tick_{};
  std::optional<Clock::time_point> asked_to_stop_at_{};  // see may_write_to_terminal
  bool may_write_anyway_ = false;
};

}  // namespace tidemark
