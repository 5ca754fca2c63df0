#include "os/descriptors.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "os/host_root.h"

namespace tidemark {
namespace {

std::string own_entry_of(int fd) {
  return "proc/self/fd/" + std::to_string(fd);
}

void close_range_of(unsigned first, unsigned last) {
  if (first > last || ::syscall(SYS_close_range, first, last, 0) == 0) return;
  const long limit = ::sysconf(_SC_OPEN_MAX);  // before Linux 5.9
  for (unsigned fd = first; fd <= last && fd < static_cast<unsigned>(limit); ++fd)
    ::close(static_cast<int>(fd));
}

}  // namespace

Result<Pipe> open_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(system_error(errno, "a pipe"));
  return Pipe{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

Result<std::pair<UniqueFd, UniqueFd>> open_socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    return std::unexpected(system_error(errno, "a socket pair"));
  return std::pair{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

void set_non_blocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags != -1) (void)::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

void replace_descriptor(int fd, int number) {
  (void)::dup3(fd, number, O_CLOEXEC);
}

UniqueFd reopen_for_writing(int fd) {
  const auto path = "/" + own_entry_of(fd);
  return UniqueFd{::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
}

std::optional<std::string> path_of_descriptor(int fd) {
  const auto path = HostRoot{}.read_link(own_entry_of(fd));
  return path ? std::optional{*path} : std::nullopt;
}

void ask_for_pipe_room(int fd, int bytes) {
  (void)::fcntl(fd, F_SETPIPE_SZ, bytes);
}

std::optional<double> modified_at(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return std::nullopt;
  return static_cast<double>(status.st_mtim.tv_sec) +
         static_cast<double>(status.st_mtim.tv_nsec) / 1e9;
}

void close_all_descriptors_but(std::vector<int> kept) {
  std::ranges::sort(kept);
  unsigned next = 0;
  for (const int fd : kept) {
    if (fd < 0) continue;
    if (static_cast<unsigned>(fd) > next) close_range_of(next, static_cast<unsigned>(fd) - 1);
    next = static_cast<unsigned>(fd) + 1;
  }
  close_range_of(next, ~0U);
}

}  // namespace tidemark
