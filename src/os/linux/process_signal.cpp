#include "os/process_signal.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "os/process_watch.h"
#include "os/unique_fd.h"

namespace tidemark {

Result<void> signal_process(const HostRoot& host, ProcessIdentity id, int signal) {
  const auto what = "process " + std::to_string(id.pid);
  if (!host.is_live()) return fail(Errc::unsupported, what + ": a recorded tree has no processes");
  // Opened before it is checked who it is: from then on it cannot be another's.
  const UniqueFd pidfd{static_cast<int>(::syscall(SYS_pidfd_open, id.pid, 0))};
  const auto now = identify_process(host, id.pid);
  if (!now || *now != id) return fail(Errc::gone, what + " has ended");
  // Before Linux 5.3 there is no pidfd, and a moment is left in which the pid could be reused.
  const long sent = pidfd ? ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0)
                          : ::kill(id.pid, signal);
  if (sent != 0) return std::unexpected(system_error(errno, "a signal to " + what));
  return {};
}

}  // namespace tidemark
