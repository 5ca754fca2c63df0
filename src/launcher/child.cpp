#include "launcher/child.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "os/host_root.h"

namespace tidemark {
namespace {

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Result<Pipe> make_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::unexpected(system_error(errno, "a pipe"));
  return Pipe{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

// What exec takes, made before the fork: the child calls only what is async-signal-safe.
std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

void wait_at_gate(int gate) {
  char go = 0;
  ssize_t count = 0;
  do {
    count = ::read(gate, &go, 1);
  } while (count < 0 && errno == EINTR);
  if (count != 1) ::_exit(127);  // the launcher is gone
}

struct ChildPlan {
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  const DescriptorMoves* moves = nullptr;
  const SignalState* signals = nullptr;
  int gate = -1;
  int exec_report = -1;
};

[[noreturn]] void become_trainer(const ChildPlan& plan) {
  ::setpgid(0, 0);
  wait_at_gate(plan.gate);
  for (const auto& [ours, theirs] : *plan.moves) ::dup2(ours, theirs);
  ::sigaction(SIGCHLD, &plan.signals->child_action, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &plan.signals->mask, nullptr);
  ::execvpe(plan.arguments[0], plan.arguments, plan.environment);
  const int error_number = errno;
  if (::write(plan.exec_report, &error_number, sizeof error_number) < 0) ::_exit(126);
  ::_exit(127);
}

std::string_view name_of_variable(std::string_view entry) {
  return entry.substr(0, entry.find('='));
}

}  // namespace

std::vector<std::string> environment_with(std::span<const std::string> extra, char** environment) {
  std::vector<std::string> result;
  for (char** entry = environment; entry && *entry; ++entry) {
    const auto replaced = std::ranges::any_of(extra, [&](const std::string& other) {
      return name_of_variable(other) == name_of_variable(*entry);
    });
    if (!replaced) result.emplace_back(*entry);
  }
  result.insert(result.end(), extra.begin(), extra.end());
  return result;
}

Result<HeldChild> hold_child(const LaunchRequest& request, const DescriptorMoves& moves,
                             const SignalState& signals_before) {
  auto gate = make_pipe();
  auto report = make_pipe();
  if (!gate) return std::unexpected(gate.error());
  if (!report) return std::unexpected(report.error());
  auto words = request.command;
  auto variables = environment_with(request.extra_environment, ::environ);
  const auto arguments = pointers_to(words);
  const auto environment = pointers_to(variables);
  const pid_t pid = ::fork();
  if (pid < 0) return std::unexpected(system_error(errno, "fork"));
  if (pid == 0) {
    ::close(gate->write_end.get());  // or the launcher's death would not end the wait
    become_trainer({arguments.data(), environment.data(), &moves, &signals_before,
                    gate->read_end.get(), report->write_end.get()});
  }
  ::setpgid(pid, pid);  // by both, so that neither has to wait for the other
  return HeldChild{pid, std::move(gate->write_end), std::move(report->read_end)};
}

void release(HeldChild& child) {
  const char go = 1;
  ssize_t count = 0;
  do {
    count = ::write(child.gate.get(), &go, 1);
  } while (count < 0 && errno == EINTR);
  child.gate.reset();
}

int read_exec_report(const HeldChild& child) {
  int error_number = 0;
  ssize_t count = 0;
  do {
    count = ::read(child.exec_report.get(), &error_number, sizeof error_number);
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(sizeof error_number) ? error_number : 0;
}

}  // namespace tidemark
