#include "cli/background.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>

#include "cli/terminal_output.h"
#include "os/descriptors.h"
#include "os/host_root.h"

namespace tidemark {
namespace {

constexpr std::chrono::milliseconds kLongestWait{3000};
constexpr char kReady = '\0';  // anything else is a line for people

void leave_terminal() {
  ::setsid();
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU})
    ::signal(signal, SIG_IGN);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, fd);
  if (null > STDERR_FILENO) ::close(null);
  if (::chdir("/") != 0) return;  // then the folder stays in use, which is all the harm
}

// _exit: what is open belongs to the child now, destructors and buffers too.
[[noreturn]] void await_child(const UniqueFd& news) {
  pollfd entry{.fd = news.get(), .events = POLLIN, .revents = 0};
  if (::poll(&entry, 1, static_cast<int>(kLongestWait.count())) == 0) ::_exit(0);
  std::array<char, 1024> line;
  const ssize_t count = ::read(news.get(), line.data(), line.size());
  if (count > 0 && line[0] == kReady) ::_exit(0);
  say(count > 0 ? std::string{line.data(), static_cast<std::size_t>(count)}
                : "the monitor ended before it watched anything");
  ::_exit(1);
}

}  // namespace

Result<Background> Background::enter() {
  auto pipe = open_pipe();
  if (!pipe) return std::unexpected(pipe.error());
  const pid_t pid = ::fork();
  if (pid < 0) return std::unexpected(system_error(errno, "fork for the monitor"));
  if (pid > 0) {
    pipe->write_end.reset();
    await_child(pipe->read_end);
  }
  leave_terminal();
  return Background{std::move(pipe->write_end)};
}

void Background::ready() {
  if (waiting_ && ::write(waiting_.get(), &kReady, 1) < 0) waiting_.reset();
  waiting_.reset();
}

void Background::failed(const std::string& line) {
  if (waiting_ && ::write(waiting_.get(), line.data(), line.size()) < 0) waiting_.reset();
  waiting_.reset();
}

}  // namespace tidemark
