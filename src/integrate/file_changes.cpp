#include "integrate/file_changes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "os/unique_fd.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

constexpr auto kSuffix = ".tidemark-new";

Error system_error(const fs::path& path) {
  const int number = errno;
  const auto code = number == EACCES || number == EPERM || number == EROFS ? Errc::permission
                    : number == ENOSPC || number == EDQUOT                 ? Errc::full
                                                                           : Errc::io;
  return {code, path.string() + ": " + std::strerror(number)};
}

mode_t mode_for(const FileChange& change) {
  struct stat found{};
  if (::stat(change.path.c_str(), &found) == 0) return found.st_mode & 07777;
  return change.executable ? 0755 : 0644;
}

Result<void> write_all(int fd, std::string_view text, const fs::path& path) {
  while (!text.empty()) {
    const auto count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected(system_error(path));
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(fd) != 0) return std::unexpected(system_error(path));
  return {};
}

Result<void> prepare(const FileChange& change) {
  if (!change.after) return {};
  std::error_code failed;
  fs::create_directories(change.path.parent_path(), failed);
  if (failed)
    return fail(Errc::permission, change.path.parent_path().string() + ": " + failed.message());
  const auto fresh = prepared_beside(change.path);
  (void)::unlink(fresh.c_str());  // of a call that was killed
  const UniqueFd fd{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (fd.get() < 0) return std::unexpected(system_error(fresh));
  if (auto done = write_all(fd.get(), *change.after, fresh); !done) return done;
  if (::fchmod(fd.get(), mode_for(change)) != 0) return std::unexpected(system_error(fresh));
  return {};
}

Result<void> verify(const FileChange& change) {
  const auto now = read_whole_file(change.path);
  if (!now) return std::unexpected(now.error());
  if (*now == change.before) return {};
  return fail(Errc::busy,
              change.path.string() + ": was changed by another program just now; try again");
}

Result<void> put_in_place(const FileChange& change) {
  const int done = change.after
                       ? ::rename(prepared_beside(change.path).c_str(), change.path.c_str())
                       : ::unlink(change.path.c_str());
  if (done != 0 && (change.after || errno != ENOENT))
    return std::unexpected(system_error(change.path));
  return {};
}

FileChange undone(const FileChange& change) {
  return {.path = change.path,
          .before = change.after,
          .after = change.before,
          .executable = change.executable};
}

void take_back(const std::vector<FileChange>& changes, std::size_t made) {
  for (std::size_t i = made; i-- > 0;) {
    const auto back = undone(changes[i]);
    if (prepare(back)) (void)put_in_place(back);
  }
}

void clean_up(const std::vector<FileChange>& changes) {
  for (const auto& change : changes) (void)::unlink(prepared_beside(change.path).c_str());
}

}  // namespace

fs::path prepared_beside(const fs::path& path) {
  return path.string() + kSuffix;
}

Result<std::optional<std::string>> read_whole_file(const fs::path& path) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (fd.get() < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (fd.get() < 0 && errno == ELOOP)
    return fail(Errc::unsupported, path.string() + ": is a link; links are not followed");
  if (fd.get() < 0) return std::unexpected(system_error(path));
  struct stat found{};
  if (::fstat(fd.get(), &found) != 0) return std::unexpected(system_error(path));
  if (!S_ISREG(found.st_mode))
    return fail(Errc::unsupported, path.string() + ": is no regular file");
  std::string text;
  std::array<char, 65536> piece{};
  for (;;) {
    const auto count = ::read(fd.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected(system_error(path));
    if (count == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
}

Result<void> carry_out(const std::vector<FileChange>& changes) {
  for (const auto step : {prepare, verify})
    for (const auto& change : changes)
      if (auto done = step(change); !done) {
        clean_up(changes);
        return done;
      }
  for (std::size_t i = 0; i < changes.size(); ++i)
    if (auto done = put_in_place(changes[i]); !done) {
      take_back(changes, i);
      clean_up(changes);
      return done;
    }
  return {};
}

void remove_empty_folders(const std::vector<fs::path>& folders) {
  auto deepest_first = folders;
  std::ranges::sort(deepest_first, std::ranges::greater{},
                    [](const fs::path& path) { return path.string().size(); });
  for (const auto& folder : deepest_first) (void)::rmdir(folder.c_str());
}

}  // namespace tidemark
