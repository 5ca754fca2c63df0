// The controlling terminal: which process group has the keyboard. tcsetpgrp(3) from a background
// group needs SIGTTOU blocked, which SignalGate does.
#pragma once

#include <sys/types.h>

#include <optional>

#include "os/unique_fd.h"

namespace tidemark {

/// Whether this descriptor is the calling process's controlling terminal.
bool is_controlling_terminal(int fd);

class ControllingTerminal {
 public:
  /// Through /dev/tty, whatever the standard descriptors are. Without one every answer is "no".
  static ControllingTerminal open();

  explicit operator bool() const { return static_cast<bool>(fd_); }

  /// Absent without a terminal, or where its foreground group is in another pid namespace.
  std::optional<pid_t> foreground_group() const;
  bool is_foreground(pid_t group) const { return foreground_group() == group; }

  /// Makes `group` the foreground group; false where the kernel refuses.
  bool give_to(pid_t group) const;

  /// `stty tostop`: a background group that writes to it is stopped.
  bool stops_background_writers() const;

 private:
  UniqueFd fd_;
};

}  // namespace tidemark
