// The terminal that the trainer writes to in place of the real one.
#pragma once

#include <sys/ioctl.h>
#include <termios.h>

#include <optional>

#include "core/result.h"
#include "launcher/platform.h"
#include "os/unique_fd.h"

namespace tidemark {

/// A pty with the size and the settings of `terminal`, but output processing off: a byte that the
/// trainer writes is processed once, by the real terminal.
Result<PtyPair> open_pty_like(int terminal);

/// `terminal` with what changed from `before` to `after` in c_iflag, c_lflag and c_cc: the settings
/// of the keyboard. The rest of it stays.
termios with_input_changes(termios terminal, const termios& before, const termios& after);
bool same_input_settings(const termios& a, const termios& b);

/// Keeps a pty and the real terminal alike while the trainer runs. The window size goes from the
/// terminal to the pty. What the trainer sets by its stdout for the keyboard (curses does) goes
/// from the pty to the terminal, where the keyboard is. It keeps descriptors of its own.
class PtyMirror {
 public:
  PtyMirror(int master, int terminal);

  /// True when the size had changed and the pty has the new one now.
  bool follow_size();
  void follow_settings();
  /// After the shell had the terminal for itself: whatever the trainer had set is to be set again.
  void expect_fresh_settings() { seen_ = initial_; }

 private:
  UniqueFd master_;
  UniqueFd terminal_;
  winsize size_{};
  termios initial_{};
  termios seen_{};
};

}  // namespace tidemark
