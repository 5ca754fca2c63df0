#include "launcher/platform.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "launcher/job_control.h"
#include "os/host_root.h"

namespace tidemark {
namespace {

Result<UniqueFd> open_slave(int master) {
  constexpr int flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
  // By the master itself (Linux 4.13): right even where /dev/pts is another mount's.
  UniqueFd peer{::ioctl(master, TIOCGPTPEER, flags)};
  if (peer) return peer;
  std::array<char, 128> name{};
  if (::ptsname_r(master, name.data(), name.size()) == 0) peer.reset(::open(name.data(), flags));
  if (!peer) return std::unexpected(system_error(errno, "a pty's slave"));
  return peer;
}

}  // namespace

Result<PtyPair> open_pty_pair() {
  PtyPair pty;
  pty.master.reset(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (!pty.master || ::grantpt(pty.master.get()) != 0 || ::unlockpt(pty.master.get()) != 0)
    return std::unexpected(system_error(errno, "a pty"));
  auto slave = open_slave(pty.master.get());
  if (!slave) return std::unexpected(slave.error());
  pty.slave = std::move(*slave);
  return pty;
}

std::uint64_t terminal_number(int fd, dev_t file_device) {
  unsigned number = 0;
  if (::ioctl(fd, TIOCGDEV, &number) == 0) return number;
  return file_device;
}

bool ignores_or_blocks(pid_t pid, int signal) {
  const auto status = HostRoot{}.read("proc/" + std::to_string(pid) + "/status");
  return status && is_ignored_or_blocked(*status, signal);
}

Bytes max_rss_of(const rusage& usage) {
  return kib(usage.ru_maxrss);  // KiB: getrusage(2)
}

}  // namespace tidemark
