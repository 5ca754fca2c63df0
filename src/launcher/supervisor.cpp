#include "launcher/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "launcher/carrier.h"
#include "launcher/command_lookup.h"
#include "launcher/job_control.h"
#include "launcher/platform.h"
#include "os/descriptors.h"
#include "os/poll.h"

namespace tidemark {
namespace {

// How late a changed window size is noticed: SIGWINCH goes to the foreground group alone.
constexpr std::chrono::milliseconds kTick{250};
constexpr std::chrono::milliseconds kHeldTick{50};
// A trainer that catches SIGTTOU is not stopped by it; its output is not held for ever.
constexpr std::chrono::milliseconds kStopPatience{2000};
// Helpers that end right after the trainer (a resource tracker) need no carrier.
constexpr int kStragglerPatienceMs = 50;
constexpr std::size_t kSignalsKept = 4096;

bool asks_to_end(int signal) {
  return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

bool asks_to_stop(int signal) {
  return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

}  // namespace

Supervisor::Supervisor(const LaunchHooks& hooks, SignalGate& signals, ControllingTerminal terminal,
                       Relay relay, LogCopy log)
    : hooks_(hooks),
      signals_(signals),
      terminal_(std::move(terminal)),
      relay_(std::move(relay)),
      log_(std::move(log)),
      own_group_(::getpgrp()),
      interactive_(is_controlling_terminal(STDIN_FILENO) &&
                   is_controlling_terminal(STDOUT_FILENO)) {
  calls_.copy = [this](std::span<const char> piece) {
    log_.write(piece);
    if (hooks_.on_output) hooks_.on_output(piece);
  };
  calls_.may_write_to_terminal = [this] { return may_write_to_terminal(); };
  outcome_.notes = std::move(relay_.notes);
}

void Supervisor::take_charge(HeldChild child) {
  child_ = std::move(child);
  relay_.trainer_ends.clear();
  if (interactive_) lend_terminal_if_ours();
}

Result<LaunchOutcome> Supervisor::run(const std::string& command,
                                      std::span<const std::string> environment) {
  release(child_, environment);
  // The trainer alone holds its standard input now: a writer to it sees when the trainer closes it.
  if (const UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)}; null)
    replace_descriptor(null.get(), STDIN_FILENO);
  while (!ended_) wait_for_news();
  if (child_.exec_report) exec_error_ = read_exec_report(child_);
  notice_end();
  if (exec_error_ != 0) return std::unexpected(exec_error(exec_error_, command));
  finish_output();
  return std::move(outcome_);
}

void Supervisor::wait_for_news() {
  std::vector<pollfd> polled{
      {.fd = signals_.poll_fd(), .events = POLLIN, .revents = 0},
      {.fd = child_.exec_report ? child_.exec_report.get() : -1, .events = POLLIN, .revents = 0}};
  append_watched(relay_.channels, polled);
  const int count = poll_all(polled, poll_timeout_ms());
  if (count > 0 && polled[1].revents != 0) {
    exec_error_ = read_exec_report(child_);
    child_.exec_report.reset();
  }
  if (count > 0 && polled[0].revents != 0) {
    receive_signals();  // a stop may take hours: what was polled before says nothing any more
  } else if (count >= 0) {
    carry_polled(relay_.channels, std::span{polled}.subspan(2), calls_);
  }
  if (ended_) return;
  for (auto& mirror : relay_.mirrors) mirror.follow_settings();
  let_go_of_finished_stdout();
  if (Clock::now() >= next_tick_) tick();
}

int Supervisor::poll_timeout_ms() const {
  if (std::ranges::any_of(relay_.channels, &Channel::held))
    return static_cast<int>(kHeldTick.count());
  if (relay_.mirrors.empty() && !interactive_) return -1;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(next_tick_ - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count() + 1, 0, kTick.count()));
}

void Supervisor::tick() {
  next_tick_ = Clock::now() + kTick;
  follow_window_size();
  // `fg` of a job that runs sends no SIGCONT: the foreground is simply ours one day.
  if (interactive_ && !stopped_) lend_terminal_if_ours();
}

void Supervisor::receive_signals() {
  while (const auto signal = signals_.next()) {
    receive(*signal);
    if (ended_) return;
  }
}

void Supervisor::receive(const ReceivedSignal& signal) {
  const bool from_process = signal.origin == SignalOrigin::process;
  if (signal.number == SIGCHLD && !from_process) return reap();
  if (signal.number == SIGPIPE && from_process && signal.sender == ::getpid()) return;
  if (signal.number == SIGCONT) {
    note_sent(SIGCONT);
    return continue_trainer();
  }
  if (signal.number == SIGWINCH && !from_process) {
    if (!relay_.mirrors.empty()) return follow_window_size();
    return pass_on(signal, SignalTarget::whole_group);
  }
  pass_on(signal, target_of(signal.number, signal.origin));
}

void Supervisor::pass_on(const ReceivedSignal& signal, SignalTarget target) {
  if (target == SignalTarget::nobody) return;
  if (target == SignalTarget::whole_group) last_kernel_signal_ = signal.number;
  if (asks_to_stop(signal.number))
    last_handed_on_stop_ = target == SignalTarget::main_process ? signal.number : 0;
  hand_on(signal, target, child_.pid);
  note_sent(signal.number);
}

void Supervisor::note_sent(int signal) {
  if (outcome_.signals_sent.size() < kSignalsKept) outcome_.signals_sent.push_back(signal);
}

// Its whole group: what stopped it (the keyboard, the terminal) stopped the whole group.
void Supervisor::continue_trainer() {
  asked_to_stop_at_.reset();
  for (auto& mirror : relay_.mirrors) mirror.expect_fresh_settings();
  if (interactive_) lend_terminal_if_ours();
  if (::kill(-child_.pid, SIGCONT) != 0) ::kill(child_.pid, SIGCONT);  // it left its group
}

void Supervisor::reap() {
  int status = 0;
  rusage usage{};
  while (!ended_ && ::wait4(child_.pid, &status, WNOHANG | WUNTRACED | WCONTINUED, &usage) > 0) {
    if (WIFSTOPPED(status)) {
      trainer_stopped(WSTOPSIG(status));
    } else if (WIFCONTINUED(status)) {
      stopped_ = false;
    } else {
      ended_ = true;
      outcome_.wait_status = status;
      if (usage.ru_maxrss > 0) outcome_.max_rss = max_rss_of(usage);
    }
  }
}

void Supervisor::trainer_stopped(int signal) {
  stopped_ = true;
  const bool had_foreground = terminal_.is_foreground(child_.pid);
  const auto answer =
      answer_to_stop({.signal = signal,
                      .has_terminal = static_cast<bool>(terminal_),
                      .trainer_has_foreground = had_foreground,
                      .launcher_has_foreground = terminal_.is_foreground(own_group_),
                      .was_handed_on = last_handed_on_stop_ == signal});
  if (answer == StopAnswer::leave) return;
  if (answer == StopAnswer::lend_terminal && terminal_.give_to(child_.pid)) {
    ::kill(-child_.pid, SIGCONT);
    return;
  }
  carry_what_is_there(relay_.channels, calls_);  // what it wrote before belongs before the prompt
  if (had_foreground) terminal_.give_to(own_group_);
  last_handed_on_stop_ = 0;
  const bool continued = stop_here(signal, answer != StopAnswer::stop_self);
  if ((had_foreground || interactive_) && terminal_.is_foreground(own_group_))
    terminal_.give_to(child_.pid);
  if (continued) note_sent(SIGCONT);
  if (continued || signal != SIGSTOP) continue_trainer();
}

void Supervisor::follow_window_size() {
  bool changed = false;
  for (auto& mirror : relay_.mirrors) changed = mirror.follow_size() || changed;
  if (changed) ::kill(-child_.pid, SIGWINCH);
}

void Supervisor::lend_terminal_if_ours() {
  if (terminal_.is_foreground(own_group_)) terminal_.give_to(child_.pid);
}

// `stty tostop`: the kernel stops a background job that writes to its terminal. The trainer writes
// to a pty, which is not its terminal, and our own writes pass as SIGTTOU is blocked; so it is for
// us to stop it, and to wait with the output until the job is in the foreground.
bool Supervisor::may_write_to_terminal() {
  if (!background_output_stops()) return true;
  if (ended_) {  // what it left is the job's to write
    while (background_output_stops() && stop_here(SIGTTOU, true)) {
    }
    return true;
  }
  if (!asked_to_stop_at_) {
    asked_to_stop_at_ = Clock::now();
    may_write_anyway_ = ignores_or_blocks(child_.pid, SIGTTOU);
    if (!may_write_anyway_) ::kill(-child_.pid, SIGTTOU);
  }
  return may_write_anyway_ || (!stopped_ && Clock::now() - *asked_to_stop_at_ > kStopPatience);
}

bool Supervisor::background_output_stops() const {
  const auto foreground = terminal_.foreground_group();
  if (!foreground || *foreground == own_group_ || *foreground == child_.pid) return false;
  return terminal_.stops_background_writers();
}

// A trainer that closes its standard output while it runs: whoever reads it is to see the end now.
void Supervisor::let_go_of_finished_stdout() {
  const auto finished = std::ranges::find_if(relay_.channels, [](const Channel& channel) {
    return channel.finished() && channel.plan().descriptors == std::vector{STDOUT_FILENO};
  });
  if (finished == relay_.channels.end() || finished->downstream_fd() < 0) return;
  if (finished->plan().mode != StreamMode::pipe) return;
  if (const UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)}; null)
    replace_descriptor(null.get(), STDOUT_FILENO);
  finished->close_downstream();
}

void Supervisor::notice_end() {
  for (auto& mirror : relay_.mirrors) mirror.follow_settings();
  const bool had_foreground = terminal_.is_foreground(child_.pid);
  if (had_foreground) terminal_.give_to(own_group_);
  if (!WIFSIGNALED(outcome_.wait_status)) return;
  const int signal = WTERMSIG(outcome_.wait_status);
  if (signal != SIGINT && signal != SIGQUIT) return;
  outcome_.keyboard_signal_seen_by_group = last_kernel_signal_ == signal;
  const bool sent_by_process = std::ranges::count(outcome_.signals_sent, signal) > 0 &&
                               !outcome_.keyboard_signal_seen_by_group;
  if (outcome_.keyboard_signal_seen_by_group || (had_foreground && !sent_by_process))
    outcome_.keyboard_signal = signal;
}

// True when every channel is finished, or holds nothing that was written before this call.
bool Supervisor::drain() {
  std::vector<std::size_t> enough;
  for (const auto& channel : relay_.channels)
    enough.push_back(channel.bytes_carried() + channel.backlog_limit());
  const auto all_carried = [&] {
    for (std::size_t i = 0; i < enough.size(); ++i) {
      const auto& channel = relay_.channels[i];
      if (!channel.at_rest() && channel.bytes_carried() <= enough[i]) return false;
    }
    return true;
  };
  std::vector<pollfd> polled;
  while (!all_carried()) {
    polled.assign(1, {.fd = signals_.poll_fd(), .events = POLLIN, .revents = 0});
    append_watched(relay_.channels, polled);
    if (poll_all(polled, -1) < 0 && errno != EINTR) return false;
    if (polled[0].revents == 0)
      carry_polled(relay_.channels, std::span{polled}.subspan(1), calls_);
    else if (user_gave_up_waiting())
      return false;
  }
  return true;
}

// The trainer has ended, its output has not: a reader is slow, or paused.
bool Supervisor::user_gave_up_waiting() {
  while (const auto signal = signals_.next()) {
    if (asks_to_end(signal->number)) return true;
    if (asks_to_stop(signal->number)) stop_here(signal->number, false);
  }
  return false;
}

void Supervisor::finish_output() {
  for (auto& channel : relay_.channels) channel.carry_held(calls_);
  if (drain()) {
    std::vector<pollfd> polled;
    append_watched(relay_.channels, polled);
    const bool open =
        std::ranges::any_of(polled, [](const pollfd& entry) { return entry.fd >= 0; });
    if (open && poll_all(polled, kStragglerPatienceMs) > 0) drain();
  }
  for (const auto& channel : relay_.channels)
    if (!channel.failure().empty()) outcome_.notes.push_back(channel.failure());
  if (!log_.failure().empty()) outcome_.notes.push_back(log_.failure());
  const bool left = !std::ranges::all_of(relay_.channels, &Channel::finished);
  if (left && !leave_carrier(relay_.channels, log_, signals_.state_before().mask))
    outcome_.notes.emplace_back("output of processes left behind is lost: no process to carry it");
}

}  // namespace tidemark
