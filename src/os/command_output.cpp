#include "os/command_output.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "os/descriptors.h"
#include "os/host_root.h"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration)

namespace tidemark {
namespace {

using SteadyClock = std::chrono::steady_clock;

Result<pid_t> spawn(const std::vector<std::string>& command, int output) {
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  pid_t pid = -1;
  const int error =
      ::posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return std::unexpected(system_error(error, command[0]));
  return pid;
}

std::string read_until(int fd, SteadyClock::time_point until, std::size_t limit_bytes) {
  std::string text;
  std::array<char, 4096> piece{};
  while (text.size() < limit_bytes) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now()).count();
    pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
    if (left <= 0 || ::poll(&entry, 1, static_cast<int>(left)) <= 0) break;
    const auto got = ::read(fd, piece.data(), piece.size());
    if (got <= 0) break;
    text.append(piece.data(), std::min(static_cast<std::size_t>(got), limit_bytes - text.size()));
  }
  return text;
}

}  // namespace

Result<std::string> read_command(const std::vector<std::string>& command,
                                 std::chrono::milliseconds patience, std::size_t limit_bytes) {
  if (command.empty()) return fail(Errc::invalid, "no command");
  auto pipe = open_pipe();
  if (!pipe) return std::unexpected(pipe.error());
  const auto pid = spawn(command, pipe->write_end.get());
  pipe->write_end.reset();
  if (!pid) return std::unexpected(pid.error());
  auto text = read_until(pipe->read_end.get(), SteadyClock::now() + patience, limit_bytes);
  ::kill(*pid, SIGKILL);  // our child and not yet reaped; an ended one does not mind
  ::waitpid(*pid, nullptr, 0);
  return text;
}

}  // namespace tidemark
