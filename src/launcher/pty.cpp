#include "launcher/pty.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "os/host_root.h"

namespace tidemark {
Result<PtyPair> open_pty_like(int terminal) {
  termios settings{};
  if (::tcgetattr(terminal, &settings) != 0)
    return std::unexpected(system_error(errno, "the terminal's settings"));
  auto pty = open_pty_pair();
  if (!pty) return pty;
  settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  ::tcsetattr(pty->slave.get(), TCSANOW, &settings);
  winsize size{};
  if (::ioctl(terminal, TIOCGWINSZ, &size) == 0) ::ioctl(pty->master.get(), TIOCSWINSZ, &size);
  return pty;
}

termios with_input_changes(termios terminal, const termios& before, const termios& after) {
  const auto changed = [](tcflag_t now, tcflag_t from, tcflag_t to) {
    const tcflag_t bits = from ^ to;
    return (now & ~bits) | (to & bits);
  };
  terminal.c_iflag = changed(terminal.c_iflag, before.c_iflag, after.c_iflag);
  terminal.c_lflag = changed(terminal.c_lflag, before.c_lflag, after.c_lflag);
  for (std::size_t i = 0; i < std::size(after.c_cc); ++i)
    if (before.c_cc[i] != after.c_cc[i]) terminal.c_cc[i] = after.c_cc[i];
  return terminal;
}

bool same_input_settings(const termios& a, const termios& b) {
  return a.c_iflag == b.c_iflag && a.c_lflag == b.c_lflag &&
         std::equal(std::begin(a.c_cc), std::end(a.c_cc), std::begin(b.c_cc));
}

PtyMirror::PtyMirror(int master, int terminal)
    : master_(::fcntl(master, F_DUPFD_CLOEXEC, 3)),
      terminal_(::fcntl(terminal, F_DUPFD_CLOEXEC, 3)) {
  ::ioctl(master_.get(), TIOCGWINSZ, &size_);
  ::tcgetattr(master_.get(),
              &initial_);  // a master answers for its slave (tty_ioctl's n_tty helper)
  seen_ = initial_;
}

bool PtyMirror::follow_size() {
  winsize now{};
  if (::ioctl(terminal_.get(), TIOCGWINSZ, &now) != 0) return false;
  if (now.ws_row == size_.ws_row && now.ws_col == size_.ws_col) return false;
  size_ = now;
  ::ioctl(master_.get(), TIOCSWINSZ, &now);
  return true;
}

void PtyMirror::follow_settings() {
  termios now{};
  termios real{};
  if (::tcgetattr(master_.get(), &now) != 0 || same_input_settings(now, seen_)) return;
  if (::tcgetattr(terminal_.get(), &real) != 0) return;
  const termios merged = with_input_changes(real, seen_, now);
  if (::tcsetattr(terminal_.get(), TCSANOW, &merged) == 0) seen_ = now;
}

}  // namespace tidemark
