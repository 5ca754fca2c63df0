#include "launcher/log_copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "os/host_root.h"

namespace tidemark {

Result<LogCopy> LogCopy::open(const std::string& file) {
  LogCopy copy;
  copy.fd_.reset(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0600));
  if (!copy.fd_) return fail(Errc::io, system_error(errno, file).message);
  copy.file_ = file;
  return copy;
}

void LogCopy::write(std::span<const char> piece) {
  while (fd_ && !piece.empty()) {
    const ssize_t count = ::write(fd_.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      failure_ = system_error(errno, file_).message + "; the copy of the output ends after " +
                 std::to_string(bytes_written_) + " bytes";
      fd_.reset();
      return;
    }
    bytes_written_ += count;
    piece = piece.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace tidemark
