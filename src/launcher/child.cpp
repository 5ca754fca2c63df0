#include "launcher/child.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "os/descriptors.h"
#include "os/host_root.h"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration)

namespace tidemark {
namespace {

// What exec takes, made before the fork: the child calls only what is async-signal-safe.
std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

// What passes the gate: a length, then that many bytes of NUL-terminated variables.
using LateLength = std::uint32_t;

void read_all_or_exit(int gate, char* into, std::size_t bytes) {
  while (bytes > 0) {
    const ssize_t count = ::read(gate, into, bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) ::_exit(127);  // the launcher is gone
    into += count;
    bytes -= static_cast<std::size_t>(count);
  }
}

// In the child: only async-signal-safe calls. `environment` has kMostLateVariables spare places.
void set_variable(char** environment, char* variable) {
  const char* const equals = std::strchr(variable, '=');
  if (equals == nullptr) return;
  const auto name_bytes = static_cast<std::size_t>(equals - variable) + 1;
  while (*environment != nullptr && std::strncmp(*environment, variable, name_bytes) != 0)
    ++environment;
  *environment = variable;
}

void wait_at_gate(int gate, char** environment) {
  static std::array<char, kMostLateBytes> late;  // lives on until the exec
  LateLength bytes = 0;
  read_all_or_exit(gate, reinterpret_cast<char*>(&bytes), sizeof bytes);
  read_all_or_exit(gate, late.data(), bytes);
  for (char* variable = late.data(); variable < late.data() + bytes;
       variable += std::strlen(variable) + 1)
    set_variable(environment, variable);
}

std::string pack(std::span<const std::string> variables) {
  std::string packed;
  for (const auto& variable : variables.first(std::min(variables.size(), kMostLateVariables)))
    if (packed.size() + variable.size() + 1 <= kMostLateBytes)
      packed.append(variable.c_str()).push_back('\0');
  return packed;
}

struct ChildPlan {
  char* const* arguments = nullptr;
  char** environment = nullptr;
  const DescriptorMoves* moves = nullptr;
  const SignalState* signals = nullptr;
  int gate = -1;
  int exec_report = -1;
};

[[noreturn]] void become_trainer(const ChildPlan& plan) {
  ::setpgid(0, 0);
  wait_at_gate(plan.gate, plan.environment);
  for (const auto& [ours, theirs] : *plan.moves) ::dup2(ours, theirs);
  ::sigaction(SIGCHLD, &plan.signals->child_action, nullptr);
  ::sigaction(SIGXFSZ, &plan.signals->file_size_action, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &plan.signals->mask, nullptr);
  ::environ = plan.environment;  // in this process alone; execvpe(3) is not everywhere
  ::execvp(plan.arguments[0], plan.arguments);
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
  auto gate = open_pipe();
  auto report = open_pipe();
  if (!gate) return std::unexpected(gate.error());
  if (!report) return std::unexpected(report.error());
  auto words = request.command;
  auto variables = environment_with(request.extra_environment, ::environ);
  const auto arguments = pointers_to(words);
  auto environment = pointers_to(variables);
  environment.resize(environment.size() + kMostLateVariables, nullptr);
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

void release(HeldChild& child, std::span<const std::string> environment) {
  const auto late = pack(environment);
  const auto bytes = static_cast<LateLength>(late.size());
  std::string message{reinterpret_cast<const char*>(&bytes), sizeof bytes};
  message += late;
  // A pipe takes 64 KiB at once (pipe(7)), so nothing here waits for the child.
  for (std::size_t at = 0; at < message.size();) {
    const ssize_t count = ::write(child.gate.get(), message.data() + at, message.size() - at);
    if (count < 0 && errno != EINTR) break;
    if (count > 0) at += static_cast<std::size_t>(count);
  }
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
