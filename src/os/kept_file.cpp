#include "os/kept_file.h"

#include <unistd.h>

#include <cerrno>

namespace tidemark {

Result<KeptFile> KeptFile::open(const HostRoot& host, std::string_view path) {
  auto fd = host.open(path);
  if (!fd) return std::unexpected(fd.error());
  return KeptFile{std::move(*fd), host.resolve(path).string()};
}

Result<std::string_view> KeptFile::read() {
  // One pread of the whole file: two reads of a changing seq_file could disagree with each other.
  while (true) {
    const ssize_t got = ::pread(fd_.get(), buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(system_error(errno, path_));
    const auto length = static_cast<std::size_t>(got);
    if (length < buffer_.size()) return std::string_view{buffer_.data(), length};
    buffer_.resize(buffer_.size() * 2);
  }
}

}  // namespace tidemark
