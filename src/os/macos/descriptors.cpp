#include "os/descriptors.h"

#include <fcntl.h>
#include <libproc.h>
#include <sys/param.h>
#include <sys/proc_info.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "os/host_root.h"

namespace tidemark {
namespace {

void close_on_exec(int fd) {
  (void)::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/// The descriptors that are open now; of a process with more than the table holds, the first.
std::vector<int> open_descriptors() {
  constexpr std::size_t kMost = 1024;
  std::array<proc_fdinfo, kMost> table{};
  const int bytes =
      ::proc_pidinfo(::getpid(), PROC_PIDLISTFDS, 0, table.data(), static_cast<int>(sizeof table));
  std::vector<int> open;
  const auto count = bytes > 0 ? static_cast<std::size_t>(bytes) / sizeof(proc_fdinfo) : 0;
  for (const auto& entry : std::span{table}.first(std::min(count, kMost)))
    open.push_back(entry.proc_fd);
  return open;
}

}  // namespace

Result<Pipe> open_pipe() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return std::unexpected(system_error(errno, "a pipe"));
  for (const int fd : ends) close_on_exec(fd);
  return Pipe{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

Result<std::pair<UniqueFd, UniqueFd>> open_socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0)
    return std::unexpected(system_error(errno, "a socket pair"));
  for (const int fd : ends) {
    close_on_exec(fd);
    set_non_blocking(fd);
  }
  return std::pair{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

void set_non_blocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags != -1) (void)::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

void replace_descriptor(int fd, int number) {
  if (::dup2(fd, number) == number) close_on_exec(number);
}

// open("/dev/fd/N") is dup(N) here (fdesc's vnop of XNU): the description would be the shared one.
UniqueFd reopen_for_writing(int fd) {
  std::array<char, MAXPATHLEN> name{};
  if (::ttyname_r(fd, name.data(), name.size()) != 0) return {};
  return UniqueFd{::open(name.data(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
}

std::optional<std::string> path_of_descriptor(int fd) {
  std::array<char, MAXPATHLEN> path{};  // the size that F_GETPATH wants (fcntl(2))
  if (::fcntl(fd, F_GETPATH, path.data()) != 0) return std::nullopt;
  return std::string{path.data()};
}

void ask_for_pipe_room(int, int) {}

std::optional<double> modified_at(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return std::nullopt;
  return static_cast<double>(status.st_mtimespec.tv_sec) +
         static_cast<double>(status.st_mtimespec.tv_nsec) / 1e9;
}

void close_all_descriptors_but(std::vector<int> kept) {
  for (const int fd : open_descriptors())
    if (!std::ranges::contains(kept, fd)) ::close(fd);
}

}  // namespace tidemark
