#include "sensing/macos/command_text.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "os/descriptors.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostBytes = 4U << 20;

Result<pid_t> start(const std::vector<std::string>& words, int output) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  std::string locale = "LC_ALL=C";
  std::string path = "PATH=/usr/bin:/bin:/usr/sbin:/sbin";
  std::array<char*, 3> environment{locale.data(), path.data(), nullptr};

  posix_spawn_file_actions_t actions{};
  if (const int error = ::posix_spawn_file_actions_init(&actions); error != 0)
    return std::unexpected(system_error(error, words.front()));
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, words.front().c_str(), &actions, nullptr, arguments.data(),
                                   environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return std::unexpected(system_error(error, words.front()));
  return pid;
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 8192> piece{};
  while (text.size() < kMostBytes) {
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

Result<std::string> read_command(const HostRoot& host, const std::vector<std::string>& words) {
  if (!host.is_live()) return host.read("commands/" + words.front() + ".txt");
  auto pipe = open_pipe();
  if (!pipe) return std::unexpected(pipe.error());
  const auto pid = start(words, pipe->write_end.get());
  pipe->write_end.reset();
  if (!pid) return std::unexpected(pid.error());
  auto text = read_all(pipe->read_end.get());
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) return fail(Errc::io, words.front() + " failed");
  return text;
}

}  // namespace tidemark
