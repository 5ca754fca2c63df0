#include "launcher/launcher.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "launcher/child.h"
#include "launcher/command_lookup.h"
#include "launcher/log_copy.h"
#include "launcher/relay.h"
#include "launcher/signals.h"
#include "launcher/streams.h"
#include "launcher/supervisor.h"
#include "launcher/terminal.h"
#include "os/host_root.h"
#include "os/process_watch.h"
#include "os/signal_set.h"

namespace tidemark {
namespace {

Result<LogCopy> open_log(const LaunchRequest& request) {
  if (request.log_file.empty()) return LogCopy{};
  if (!request.capture)
    return fail(Errc::invalid, "a log file needs captured output: leave one of the two out");
  return LogCopy::open(request.log_file);
}

std::string search_path() {
  std::string path = "/bin:/usr/bin";  // what execvp takes without PATH
  if (const char* const inherited = ::getenv("PATH")) path = inherited;
  return path;
}

void announce_output_files(const StreamFacts& out, const StreamFacts& err,
                           const LaunchHooks& hooks) {
  if (!hooks.on_output_file) return;
  std::string first;
  for (const auto& [facts, fd] : {std::pair{out, STDOUT_FILENO}, std::pair{err, STDERR_FILENO}}) {
    if (facts.kind != StreamKind::regular_file) continue;
    const auto file = locate_output_file(fd);
    if (!file || file->path == first) continue;
    first = file->path;
    hooks.on_output_file(file->path, file->offset);
  }
}

}  // namespace

Result<LaunchOutcome> launch(const LaunchRequest& request, const LaunchHooks& hooks) {
  if (request.command.empty()) return fail(Errc::invalid, "no command to run");
  occupy_closed_standard_streams();
  const auto found = find_command(request.command.front(), search_path());
  if (!found) return std::unexpected(found.error());
  auto log = open_log(request);
  if (!log) return std::unexpected(log.error());
  const auto out = inspect_stream(STDOUT_FILENO);
  const auto err = inspect_stream(STDERR_FILENO);
  const bool log_copy = !request.log_file.empty();
  auto relay = open_relay(plan_relays(out, err, request.capture, log_copy));
  if (!log_copy) announce_output_files(out, err, hooks);

  auto signals = SignalGate::open();
  if (!signals) return std::unexpected(signals.error());
  auto child = hold_child(request, relay.moves, signals->state_before());
  if (!child) return fail(Errc::io, child.error().message);
  const pid_t pid = child->pid;
  Supervisor supervisor{hooks, *signals, ControllingTerminal::open(), std::move(relay),
                        std::move(*log)};
  supervisor.take_charge(std::move(*child));
  std::vector<std::string> environment;
  if (hooks.on_started)
    environment =
        hooks.on_started(identify_process(HostRoot{}, pid).value_or(ProcessIdentity{pid, 0}));
  return supervisor.run(request.command.front(), environment);
}

int exit_code_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

void pass_on_keyboard_signal(const LaunchOutcome& outcome) {
  const int signal = outcome.keyboard_signal;
  if (signal == 0) return;
  const rlimit no_core{};
  ::setrlimit(RLIMIT_CORE, &no_core);  // the trainer's is the one of interest
  ::signal(signal, SIG_DFL);
  const sigset_t only = signal_set({signal});
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  ::kill(outcome.keyboard_signal_seen_by_group ? ::getpid() : 0, signal);
}

void occupy_closed_standard_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
    ::open("/dev/null", O_RDWR | O_CLOEXEC);  // takes the lowest free number, which is fd
  }
}

}  // namespace tidemark
