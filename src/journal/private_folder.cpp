#include "journal/private_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "os/host_root.h"

namespace tidemark {
namespace {

Error refusal(const std::filesystem::path& path, const char* why) {
  return {Errc::permission, path.string() + ": " + why + "; it is not used for a journal"};
}

}  // namespace

Result<UniqueFd> open_private_folder(const std::filesystem::path& folder, bool create) {
  if (create && ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return std::unexpected(system_error(errno, folder.string()));
  UniqueFd fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd && (errno == ELOOP || errno == ENOTDIR))
    return std::unexpected(refusal(folder, "not a folder"));
  if (!fd) return std::unexpected(system_error(errno, folder.string()));
  struct stat found{};
  if (::fstat(fd.get(), &found) != 0) return std::unexpected(system_error(errno, folder.string()));
  if (found.st_uid != ::geteuid()) return std::unexpected(refusal(folder, "of another user"));
  if ((found.st_mode & 077) != 0 && ::fchmod(fd.get(), 0700) != 0)
    return std::unexpected(refusal(folder, "open to others"));
  return fd;
}

// O_NONBLOCK: opening a FIFO that somebody put there does not wait.
Result<UniqueFd> open_private_file(const std::filesystem::path& path) {
  UniqueFd fd{::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
  if (!fd && errno == ELOOP) return std::unexpected(refusal(path, "a link"));
  if (!fd) return std::unexpected(system_error(errno, path.string()));
  struct stat found{};
  if (::fstat(fd.get(), &found) != 0) return std::unexpected(system_error(errno, path.string()));
  if (!S_ISREG(found.st_mode)) return std::unexpected(refusal(path, "not a file"));
  if (found.st_uid != ::geteuid()) return std::unexpected(refusal(path, "of another user"));
  return fd;
}

}  // namespace tidemark
