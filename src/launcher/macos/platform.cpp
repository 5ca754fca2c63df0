#include "launcher/platform.h"

#include <fcntl.h>
#include <libproc.h>
#include <stdlib.h>
#include <sys/param.h>
#include <sys/proc_info.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "os/descriptors.h"
#include "os/host_root.h"

namespace tidemark {

// posix_openpt(3) of macOS promises O_RDWR and O_NOCTTY alone.
Result<PtyPair> open_pty_pair() {
  PtyPair pty;
  pty.master.reset(::posix_openpt(O_RDWR | O_NOCTTY));
  if (!pty.master || ::grantpt(pty.master.get()) != 0 || ::unlockpt(pty.master.get()) != 0)
    return std::unexpected(system_error(errno, "a pty"));
  (void)::fcntl(pty.master.get(), F_SETFD, FD_CLOEXEC);
  set_non_blocking(pty.master.get());
  std::array<char, MAXPATHLEN> name{};
  if (::ptsname_r(pty.master.get(), name.data(), name.size()) == 0)
    pty.slave.reset(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!pty.slave) return std::unexpected(system_error(errno, "a pty's slave"));
  return pty;
}

std::uint64_t terminal_number(int fd, dev_t file_device) {
  proc_bsdinfo info{};
  const int size = static_cast<int>(sizeof info);
  const bool controlling = ::tcgetpgrp(fd) != -1;
  if (controlling && ::proc_pidinfo(::getpid(), PROC_PIDTBSDINFO, 0, &info, size) == size)
    return info.e_tdev;
  return static_cast<std::uint32_t>(file_device);
}

// What a process blocks, XNU keeps a thread each and tells nobody; what it ignores is in its
// kinfo_proc.
bool ignores_or_blocks(pid_t pid, int signal) {
  std::array<int, 4> name{CTL_KERN, KERN_PROC, KERN_PROC_PID, pid};
  kinfo_proc info{};
  std::size_t size = sizeof info;
  if (::sysctl(name.data(), static_cast<u_int>(name.size()), &info, &size, nullptr, 0) != 0 ||
      size != sizeof info)
    return false;
  return (info.kp_proc.p_sigignore & sigmask(signal)) != 0;
}

Bytes max_rss_of(const rusage& usage) {
  return {usage.ru_maxrss};  // bytes: getrusage(2) of macOS
}

}  // namespace tidemark
