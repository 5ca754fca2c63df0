// A kqueue with one NOTE_EXIT (kqueue(2)) in the place of Linux's pidfd: it becomes readable when
// the process ends, also one that is not our child. The exit status is told to the parent alone.
#include "os/process_watch.h"

#include <fcntl.h>
#include <libproc.h>
#include <poll.h>
#include <sys/event.h>
#include <sys/proc_info.h>

#include <cerrno>
#include <string>

namespace tidemark {
namespace {

// A zombie is not found (ESRCH): it has ended.
Result<proc_bsdinfo> read_bsd_info(const HostRoot& host, pid_t pid) {
  const auto what = "process " + std::to_string(pid);
  if (!host.is_live())
    return fail(Errc::unsupported, what + ": a recorded tree has no processes on macOS");
  proc_bsdinfo info{};
  errno = 0;
  const int got = ::proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &info, sizeof info);
  if (got == static_cast<int>(sizeof info)) return info;
  return std::unexpected(system_error(errno != 0 ? errno : ESRCH, what));
}

// Microseconds since 1970 instead of Linux's ticks since boot: as good for telling two processes of
// one pid apart.
std::uint64_t start_of(const proc_bsdinfo& info) {
  return info.pbi_start_tvsec * 1'000'000 + info.pbi_start_tvusec;
}

UniqueFd watch_exit(pid_t pid, int& error_number) {
  UniqueFd queue{::kqueue()};
  error_number = queue ? 0 : errno;
  if (!queue) return queue;
  (void)::fcntl(queue.get(), F_SETFD, FD_CLOEXEC);
  struct kevent change{};
  EV_SET(&change, static_cast<uintptr_t>(pid), EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, nullptr);
  if (::kevent(queue.get(), &change, 1, nullptr, 0, nullptr) == 0) return queue;
  error_number = errno;
  return {};
}

}  // namespace

Result<ProcessIdentity> identify_process(const HostRoot& host, pid_t pid) {
  const auto info = read_bsd_info(host, pid);
  if (!info) return std::unexpected(info.error());
  return ProcessIdentity{pid, start_of(*info)};
}

Result<ProcessWatch> ProcessWatch::open(const HostRoot& host, ProcessIdentity id) {
  int error_number = 0;
  auto queue = host.is_live() ? watch_exit(id.pid, error_number) : UniqueFd{};
  const auto now = identify_process(host, id.pid);  // after the queue: a reused pid shows here
  if (error_number == ESRCH || !now || *now != id)
    return fail(Errc::gone, "process " + std::to_string(id.pid) + " has ended");
  return ProcessWatch{host, id, std::move(queue)};
}

bool ProcessWatch::ended() const {
  if (pidfd_) {
    pollfd poll_for{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
    return ::poll(&poll_for, 1, 0) > 0;
  }
  const auto now = identify_process(host_, id_.pid);
  return !now || *now != id_;
}

bool ProcessWatch::ending() const {
  if (ended()) return true;
  const auto info = read_bsd_info(host_, id_.pid);
  return !info || start_of(*info) != id_.start_ticks || (info->pbi_flags & PROC_FLAG_INEXIT) != 0;
}

std::optional<int> ProcessWatch::wait_status(std::chrono::milliseconds) const {
  return std::nullopt;
}

}  // namespace tidemark
