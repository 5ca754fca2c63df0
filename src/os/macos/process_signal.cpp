#include "os/process_signal.h"

#include <cerrno>
#include <csignal>
#include <string>

#include "os/process_watch.h"

namespace tidemark {

// There is no handle that a signal could be sent through: a moment is left in which the pid could
// be reused.
Result<void> signal_process(const HostRoot& host, ProcessIdentity id, int signal) {
  const auto what = "process " + std::to_string(id.pid);
  if (!host.is_live()) return fail(Errc::unsupported, what + ": a recorded tree has no processes");
  const auto now = identify_process(host, id.pid);
  if (!now || *now != id) return fail(Errc::gone, what + " has ended");
  if (::kill(id.pid, signal) != 0)
    return std::unexpected(system_error(errno, "a signal to " + what));
  return {};
}

}  // namespace tidemark
