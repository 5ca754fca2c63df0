#include "os/host_root.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace tidemark {
namespace {

Errc code_for(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return Errc::not_found;
    case ESRCH:
      return Errc::gone;
    case EACCES:
    case EPERM:
      return Errc::permission;
    case EROFS:
      return Errc::read_only;
    case ENOSPC:
    case EDQUOT:
      return Errc::full;
    case EOPNOTSUPP:
    case ENOSYS:
      return Errc::unsupported;
    case EAGAIN:
    case EBUSY:
      return Errc::busy;
    default:
      return Errc::io;
  }
}

}  // namespace

Error system_error(int error_number, const std::string& what) {
  return {code_for(error_number), what + ": " + std::strerror(error_number)};
}

Result<UniqueFd> HostRoot::open(std::string_view path) const {
  const auto full = resolve(path);
  UniqueFd fd{::open(full.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd) return std::unexpected(system_error(errno, full.string()));
  return fd;
}

Result<std::string> HostRoot::read(std::string_view path, std::size_t limit_bytes) const {
  const auto fd = open(path);
  if (!fd) return std::unexpected(fd.error());
  std::string text;
  std::array<char, 8192> piece{};
  while (text.size() < limit_bytes) {
    const ssize_t got = ::read(fd->get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(system_error(errno, resolve(path).string()));
    if (got == 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  return text;
}

Result<std::vector<std::string>> HostRoot::list(std::string_view path) const {
  const auto full = resolve(path);
  const std::unique_ptr<DIR, int (*)(DIR*)> folder{::opendir(full.c_str()), ::closedir};
  if (!folder) return std::unexpected(system_error(errno, full.string()));
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(folder.get())) {  // NOLINT(concurrency-mt-unsafe)
    const std::string_view name{entry->d_name};
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

Result<std::string> HostRoot::read_link(std::string_view path) const {
  const auto full = resolve(path);
  std::array<char, 4096> target{};
  const ssize_t length = ::readlink(full.c_str(), target.data(), target.size());
  if (length < 0) return std::unexpected(system_error(errno, full.string()));
  return std::string{target.data(), static_cast<std::size_t>(length)};
}

bool HostRoot::exists(std::string_view path) const {
  return ::access(resolve(path).c_str(), F_OK) == 0;
}

}  // namespace tidemark
