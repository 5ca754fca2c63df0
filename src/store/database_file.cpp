#include "store/database_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "store/sqlite_error.h"

namespace tidemark {
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;

Result<void> make_folder(const std::filesystem::path& folder) {
  if (folder.empty() || folder == folder.root_path()) return {};
  struct stat found{};
  if (::stat(folder.c_str(), &found) == 0) {
    if (S_ISDIR(found.st_mode)) return {};
    return std::unexpected(file_error(ENOTDIR, folder));
  }
  if (auto made = make_folder(folder.parent_path()); !made) return made;
  // EEXIST: another process was faster.
  if (::mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST)
    return std::unexpected(file_error(errno, folder));
  return {};
}

// mknod(2) makes a regular file without opening it, so there is no descriptor whose closing could
// drop the locks of a Store that opened the file in between. Where a system keeps mknod for root
// (macOS), a descriptor is the only way.
int make_empty_file(const std::filesystem::path& file) {
  if (::mknod(file.c_str(), S_IFREG | kFileMode, 0) == 0) return 0;
  if (errno != EPERM && errno != ENOSYS) return errno;
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode);
  if (fd < 0) return errno;
  ::close(fd);
  return 0;
}

}  // namespace

Result<void> make_database_file(const std::filesystem::path& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) == 0) return {};
  if (errno != ENOENT) return std::unexpected(file_error(errno, file));
  if (auto made = make_folder(file.parent_path()); !made) return made;
  const int error_number = make_empty_file(file);
  if (error_number != 0 && error_number != EEXIST)
    return std::unexpected(file_error(error_number, file));
  return {};
}

Result<void> require_database_file(const std::filesystem::path& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return std::unexpected(file_error(errno, file));
  if (S_ISDIR(found.st_mode)) return std::unexpected(file_error(EISDIR, file));
  if (!S_ISREG(found.st_mode))
    return fail(Errc::corrupt, printable(file) +
                                   ": not a regular file, so no database; choose "
                                   "another with --db");
  return {};
}

}  // namespace tidemark
