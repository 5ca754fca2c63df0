#include "jobconfig/config_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "jobconfig/config_tree.h"
#include "os/unique_fd.h"

namespace tidemark {
namespace {

std::unexpected<Error> system_failure(const std::filesystem::path& file, int error) {
  const std::string message = file.string() + ": " + std::strerror(error);
  if (error == ENOENT || error == ENOTDIR) return fail(Errc::not_found, message);
  if (error == EACCES || error == EPERM) return fail(Errc::permission, message);
  return fail(Errc::io, message);
}

Result<std::string> read_up_to(int fd, std::size_t limit, const std::filesystem::path& file) {
  std::string text;
  std::string block(std::size_t{1} << 16, '\0');
  while (text.size() <= limit) {
    const ssize_t count = ::read(fd, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure(file, errno);
    if (count == 0) return text;
    text.append(block, 0, static_cast<std::size_t>(count));
  }
  return fail(Errc::invalid, file.string() + ": larger than 16 MiB, which no job config is");
}

}  // namespace

Result<std::string> read_config_file(const std::filesystem::path& file) {
  // O_NONBLOCK: opening a FIFO without a writer would wait for one (man 2 open). The check comes
  // before the open as well, because opening alone moves some devices (a tape, a watchdog).
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return system_failure(file, errno);
  if (!S_ISREG(status.st_mode)) return fail(Errc::invalid, file.string() + ": not a regular file");
  const UniqueFd fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (fd.get() < 0) return system_failure(file, errno);
  if (::fstat(fd.get(), &status) != 0) return system_failure(file, errno);
  if (!S_ISREG(status.st_mode)) return fail(Errc::invalid, file.string() + ": not a regular file");
  if (std::cmp_greater(status.st_size, kMaxConfigBytes))
    return fail(Errc::invalid, file.string() + ": larger than 16 MiB, which no job config is");
  return read_up_to(fd.get(), kMaxConfigBytes, file);
}

}  // namespace tidemark
