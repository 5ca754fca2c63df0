// What the launcher does when its trainer stops, so that the shell sees its job stop.
#pragma once

#include <cstdint>
#include <string_view>

namespace tidemark {

struct StopFacts {
  int signal = 0;  // what stopped the trainer
  bool has_terminal = false;
  bool trainer_has_foreground = false;
  bool launcher_has_foreground = false;
  bool was_handed_on = false;  // a process sent it to the launcher alone
};

enum class StopAnswer : std::uint8_t {
  leave,          // its sender will continue it; not the shell's affair
  lend_terminal,  // it wants the terminal, and the shell gave that to our job: pass it down
  stop_group,     // stop as the terminal would have stopped our whole group
  stop_self,      // stop this process only
};

StopAnswer answer_to_stop(const StopFacts& facts);

/// What /proc/PID/status (SigBlk, SigIgn: hexadecimal masks, bit N-1 for signal N) says of a
/// signal. The terminal lets a process write that ignores or blocks SIGTTOU (termios(3)).
bool is_ignored_or_blocked(std::string_view proc_pid_status, int signal);

/// Stops this process (and its group) until somebody continues it. False when the kernel refused,
/// as it does for an orphaned group, which no shell could continue (setpgid(2), POSIX 2.4.3).
/// All signals must be blocked in every thread.
bool stop_here(int signal, bool whole_group);

}  // namespace tidemark
