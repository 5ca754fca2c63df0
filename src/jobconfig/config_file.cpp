#include "jobconfig/config_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "jobconfig/config_tree.h"

namespace tidemark {
namespace {

std::unexpected<Error> system_failure(const std::filesystem::path& file, int error) {
  const std::string message = file.string() + ": " + std::strerror(error);
  if (error == ENOENT || error == ENOTDIR) return fail(Errc::not_found, message);
  if (error == EACCES || error == EPERM) return fail(Errc::permission, message);
  return fail(Errc::io, message);
}

struct Closer {
  void operator()(std::FILE* file) const { (void)std::fclose(file); }
};
using OpenFile = std::unique_ptr<std::FILE, Closer>;

Result<std::string> read_up_to(std::FILE* open, std::size_t limit,
                               const std::filesystem::path& file) {
  std::string text;
  std::string block(std::size_t{1} << 16, '\0');
  while (text.size() <= limit) {
    const std::size_t count = std::fread(block.data(), 1, block.size(), open);
    text.append(block, 0, count);
    if (std::ferror(open) != 0) return system_failure(file, errno);
    if (std::feof(open) != 0 || count == 0) return text;
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
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return system_failure(file, errno);
  const OpenFile open{::fdopen(fd, "r")};
  if (!open) {
    const int error = errno;
    ::close(fd);
    return system_failure(file, error);
  }
  if (::fstat(fd, &status) != 0) return system_failure(file, errno);
  if (!S_ISREG(status.st_mode)) return fail(Errc::invalid, file.string() + ": not a regular file");
  if (std::cmp_greater(status.st_size, kMaxConfigBytes))
    return fail(Errc::invalid, file.string() + ": larger than 16 MiB, which no job config is");
  return read_up_to(open.get(), kMaxConfigBytes, file);
}

}  // namespace tidemark
