#include "cli/monitor_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "os/host_root.h"
#include "os/process_facts.h"
#include "os/signal_set.h"

namespace tidemark {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;

// How long a trainer may be held before its exec until the monitor watches it.
constexpr milliseconds kReadyWait{1000};
// The monitor itself waits for a held database at the end: two minutes for what the journal still
// holds (loop.cpp), and two for the last rows (RowWriterOptions).
constexpr seconds kFarewellWait{270};

// Only async-signal-safe calls: this runs between fork and exec.
[[noreturn]] void become_monitor(const char* executable, char* const* arguments, int control_fd,
                                 int output_fd) {
  ::setsid();
  const sigset_t none = signal_set({});
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU})
    ::signal(signal, SIG_IGN);  // what a terminal sends is for the trainer
  ::fcntl(control_fd, F_SETFD, 0);
  ::fcntl(output_fd, F_SETFD, 0);
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, fd);
  if (null > STDERR_FILENO) ::close(null);
  if (::chdir("/") != 0) ::_exit(127);
  ::execv(executable, arguments);
  ::_exit(127);
}

}  // namespace

Result<MonitorProcess> MonitorProcess::start(const MonitorRequest& request, UniqueFd output) {
  auto ends = ControlChannel::pair();
  if (!ends) return std::unexpected(ends.error());
  auto& [ours, theirs] = *ends;
  const auto executable = own_executable();
  auto control_text = std::to_string(theirs.fd());
  auto output_text = std::to_string(output.get());
  std::string name = "tidemark";
  std::string command = "monitor-process";
  const std::array<char*, 5> arguments{name.data(), command.data(), control_text.data(),
                                       output_text.data(), nullptr};
  const pid_t pid = ::fork();
  if (pid < 0) return std::unexpected(system_error(errno, "fork for the monitor"));
  if (pid == 0) become_monitor(executable.c_str(), arguments.data(), theirs.fd(), output.get());
  MonitorProcess monitor{pid, std::move(ours)};
  if (!monitor.channel_.send(encode(request), milliseconds{2000}))
    return fail(Errc::gone, "the monitor did not start");
  return monitor;
}

MonitorProcess::Greeting MonitorProcess::announce(ProcessIdentity trainer) {
  Greeting greeting;
  channel_.send(encode(LauncherMessage{.started = trainer}));
  const auto until = SteadyClock::now() + kReadyWait;
  while (SteadyClock::now() < until && !channel_.closed()) {
    const auto text = channel_.receive(std::chrono::ceil<milliseconds>(until - SteadyClock::now()));
    if (!text) break;
    const auto message = decode_monitor_message(*text);
    if (!message) continue;
    if (!message->notice.empty()) greeting.notices.push_back(message->notice);
    if (!message->journal.empty()) greeting.journal = message->journal;
    if (message->ready) break;
  }
  return greeting;
}

void MonitorProcess::announce_output_file(const OutputSource& file) {
  channel_.send(encode(LauncherMessage{.output_file = file}));
}

MonitorProcess::Farewell MonitorProcess::finish(const ReapedTrainer& reaped) {
  ::kill(pid_, SIGCONT);  // our child and not yet reaped, so the pid is still its own
  channel_.send(encode(LauncherMessage{.reaped = reaped}), milliseconds{2000});
  Farewell farewell;
  const auto until = SteadyClock::now() + kFarewellWait;
  while (!farewell.done && !channel_.closed() && SteadyClock::now() < until) {
    const auto text = channel_.receive(std::chrono::ceil<milliseconds>(until - SteadyClock::now()));
    if (!text) continue;
    auto message = decode_monitor_message(*text);
    if (!message) continue;
    if (!message->notice.empty()) farewell.notices.push_back(message->notice);
    if (message->done) farewell.done = std::move(*message);
  }
  if (farewell.done || channel_.closed()) ::waitpid(pid_, nullptr, 0);
  return farewell;
}

Result<MonitorRequest> LauncherLink::receive_request() {
  const auto message = channel_.receive(seconds{10});
  if (!message) return fail(Errc::gone, "the launcher is gone");
  return decode_request(*message);
}

std::optional<ProcessIdentity> LauncherLink::await_started() {
  while (!told_.started && !channel_.closed())
    if (const auto message = channel_.receive(seconds{60})) take(*message);
  return told_.started;
}

void LauncherLink::send(const MonitorMessage& message) {
  const std::scoped_lock lock{sending_};
  channel_.send(encode(message));
}

bool LauncherLink::receive() {
  while (const auto message = channel_.receive(milliseconds{0})) take(*message);
  return !channel_.closed();
}

void LauncherLink::take(const std::string& message) {
  auto decoded = decode_launcher_message(message);
  if (!decoded) return;
  if (decoded->started) told_.started = decoded->started;
  if (decoded->output_file) output_files_.push_back(*decoded->output_file);
  if (decoded->reaped) told_.reaped = std::move(decoded->reaped);
}

void LauncherLink::notice(const std::string& line) {
  send({.notice = line});
}

}  // namespace tidemark
