#include "os/process_watch.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <string>

namespace tidemark {
namespace {

constexpr int kFlagsField = 9;               // proc(5)
constexpr std::uint64_t kExitingFlag = 0x4;  // PF_EXITING of <linux/sched.h>
constexpr std::uint64_t kKillBit = 1U << (SIGKILL - 1);

struct StatIdentity {
  char state = 0;
  std::uint64_t flags = 0;  // PF_* of the kernel
  std::uint64_t start_ticks = 0;
};

// comm is in parentheses and may itself hold spaces and parentheses: the last ')' ends it.
std::optional<StatIdentity> parse_stat_identity(std::string_view text) {
  const auto comm_end = text.rfind(')');
  if (comm_end == std::string_view::npos || comm_end + 2 >= text.size()) return std::nullopt;
  StatIdentity identity{.state = text[comm_end + 2]};
  std::size_t at = comm_end + 2;
  for (int field = 3; field < 22; ++field) {  // state is field 3, starttime field 22 (proc(5))
    at = text.find(' ', at);
    if (at == std::string_view::npos) return std::nullopt;
    ++at;
    if (field + 1 == kFlagsField)
      std::from_chars(text.data() + at, text.data() + text.size(), identity.flags);
  }
  const auto [end, error] =
      std::from_chars(text.data() + at, text.data() + text.size(), identity.start_ticks);
  if (error != std::errc{}) return std::nullopt;
  return identity;
}

Result<StatIdentity> read_stat_identity(const HostRoot& host, pid_t pid) {
  const auto path = "proc/" + std::to_string(pid) + "/stat";
  const auto text = host.read(path);
  if (!text) return std::unexpected(text.error());
  const auto identity = parse_stat_identity(*text);
  if (!identity) return fail(Errc::malformed, path + ": not a stat line");
  return *identity;
}

/// "SigPnd:\t0000000000000100" and "ShdPnd:": signals that wait for a thread, for the process.
bool has_pending_kill(std::string_view status) {
  for (const std::string_view key : {"\nSigPnd:\t", "\nShdPnd:\t"}) {
    const auto at = status.find(key);
    if (at == std::string_view::npos) continue;
    std::uint64_t pending = 0;
    std::from_chars(status.data() + at + key.size(), status.data() + status.size(), pending, 16);
    if ((pending & kKillBit) != 0) return true;
  }
  return false;
}

// <linux/pidfd.h> of Linux 6.15; older headers lack the exit fields, so the layout is spelled here.
struct PidfdInfo {
  std::uint64_t mask;
  std::uint64_t cgroupid;
  std::uint32_t pid, tgid, ppid;
  std::uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
  std::int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64);
constexpr std::uint64_t kPidfdInfoExit = 1U << 3;
constexpr unsigned long kPidfdGetInfo = _IOWR(0xFF, 11, PidfdInfo);

/// Absent: the kernel knows no such question. Its mask tells whether the exit is in it. ESRCH is
/// the answer to a process that was reaped where no exit was kept.
std::optional<PidfdInfo> exit_info_of(int pidfd) {
  PidfdInfo info{};
  info.mask = kPidfdInfoExit;
  if (::ioctl(pidfd, kPidfdGetInfo, &info) != 0) return std::nullopt;
  return info;
}

}  // namespace

Result<ProcessIdentity> identify_process(const HostRoot& host, pid_t pid) {
  const auto identity = read_stat_identity(host, pid);
  if (!identity) return std::unexpected(identity.error());
  return ProcessIdentity{pid, identity->start_ticks};
}

Result<ProcessWatch> ProcessWatch::open(const HostRoot& host, ProcessIdentity id) {
  UniqueFd pidfd;
  if (host.is_live()) pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, id.pid, 0)));
  if (host.is_live() && !pidfd && errno == ESRCH)
    return fail(Errc::gone, "process " + std::to_string(id.pid) + " has ended");
  const auto now = read_stat_identity(host, id.pid);
  if (!now || now->start_ticks != id.start_ticks)
    return fail(Errc::gone, "process " + std::to_string(id.pid) + " has ended");
  return ProcessWatch{host, id, std::move(pidfd)};
}

bool ProcessWatch::ended() const {
  if (pidfd_) {
    pollfd poll_for{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
    return ::poll(&poll_for, 1, 0) > 0;
  }
  const auto now = read_stat_identity(host_, id_.pid);
  return !now || now->start_ticks != id_.start_ticks || now->state == 'Z' || now->state == 'X';
}

bool ProcessWatch::ending() const {
  if (ended()) return true;
  const auto now = read_stat_identity(host_, id_.pid);
  if (!now || now->start_ticks != id_.start_ticks || (now->flags & kExitingFlag) != 0) return true;
  const auto status = host_.read("proc/" + std::to_string(id_.pid) + "/status");
  return !status || has_pending_kill(*status);
}

std::optional<int> ProcessWatch::wait_status(std::chrono::milliseconds patience) const {
  if (!pidfd_ || !ended()) return std::nullopt;
  if (!exit_info_of(pidfd_.get())) return std::nullopt;  // this kernel will never tell
  // A pidfd hangs up when its process was reaped.
  pollfd reaped{.fd = pidfd_.get(), .events = 0, .revents = 0};
  ::poll(&reaped, 1, static_cast<int>(patience.count()));
  const auto info = exit_info_of(pidfd_.get());
  if (!info || (info->mask & kPidfdInfoExit) == 0) return std::nullopt;
  return info->exit_code;
}

}  // namespace tidemark
