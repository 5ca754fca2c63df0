#include "launcher/terminal.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace tidemark {

bool is_controlling_terminal(int fd) {
  return ::tcgetpgrp(fd) != -1;
}

ControllingTerminal ControllingTerminal::open() {
  ControllingTerminal terminal;
  terminal.fd_.reset(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  return terminal;
}

std::optional<pid_t> ControllingTerminal::foreground_group() const {
  if (!fd_) return std::nullopt;
  const pid_t group = ::tcgetpgrp(fd_.get());
  if (group <= 0) return std::nullopt;
  return group;
}

bool ControllingTerminal::give_to(pid_t group) const {
  return fd_ && ::tcsetpgrp(fd_.get(), group) == 0;
}

bool ControllingTerminal::stops_background_writers() const {
  termios settings{};
  return fd_ && ::tcgetattr(fd_.get(), &settings) == 0 && (settings.c_lflag & TOSTOP) != 0;
}

}  // namespace tidemark
