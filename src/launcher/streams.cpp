#include "launcher/streams.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "launcher/platform.h"
#include "os/descriptors.h"

namespace tidemark {
namespace {

StreamKind kind_of(int fd, const struct stat& file) {
  if (S_ISFIFO(file.st_mode)) return StreamKind::pipe;
  if (S_ISSOCK(file.st_mode)) return StreamKind::socket;
  if (S_ISREG(file.st_mode)) return StreamKind::regular_file;
  if (S_ISCHR(file.st_mode) && ::isatty(fd) == 1) return StreamKind::terminal;
  return StreamKind::other;
}

bool same_stream(const StreamFacts& a, const StreamFacts& b) {
  return a.kind == b.kind && a.device == b.device && a.inode == b.inode;
}

}  // namespace

StreamFacts inspect_stream(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  struct stat file{};
  if (flags == -1 || ::fstat(fd, &file) != 0) return {};
  // Closed when we were started, see occupy_closed_standard_streams.
  if ((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0) return {};
  StreamFacts facts{kind_of(fd, file), static_cast<std::uint64_t>(file.st_dev), file.st_ino};
  if ((flags & O_ACCMODE) == O_RDONLY) facts.kind = StreamKind::other;
  if (facts.kind == StreamKind::terminal) {
    facts.device = terminal_number(fd, file.st_rdev);
    facts.inode = 0;
  }
  return facts;
}

StreamMode mode_for(StreamKind kind, bool capture, bool log_copy) {
  if (!capture) return StreamMode::inherit;
  switch (kind) {
    case StreamKind::closed:
      return StreamMode::inherit;
    case StreamKind::terminal:
      return StreamMode::pty;
    case StreamKind::pipe:
    case StreamKind::socket:
      return StreamMode::pipe;
    case StreamKind::regular_file:
    case StreamKind::other:
      return log_copy ? StreamMode::pipe : StreamMode::inherit;
  }
  return StreamMode::inherit;
}

std::vector<RelayPlan> plan_relays(const StreamFacts& out, const StreamFacts& err, bool capture,
                                   bool log_copy) {
  std::vector<RelayPlan> plans;
  const auto out_mode = mode_for(out.kind, capture, log_copy);
  const auto err_mode = mode_for(err.kind, capture, log_copy);
  if (out_mode != StreamMode::inherit) plans.push_back({out_mode, out.kind, {STDOUT_FILENO}});
  if (err_mode == StreamMode::inherit) return plans;
  if (!plans.empty() && same_stream(out, err))
    plans.front().descriptors.push_back(STDERR_FILENO);
  else
    plans.push_back({err_mode, err.kind, {STDERR_FILENO}});
  return plans;
}

std::optional<OutputFile> locate_output_file(int fd) {
  const auto path = path_of_descriptor(fd);
  struct stat by_descriptor{};
  struct stat by_path{};
  if (!path || ::fstat(fd, &by_descriptor) != 0 || ::stat(path->c_str(), &by_path) != 0)
    return std::nullopt;
  if (by_descriptor.st_dev != by_path.st_dev || by_descriptor.st_ino != by_path.st_ino)
    return std::nullopt;
  const int flags = ::fcntl(fd, F_GETFL);
  const bool appends = flags != -1 && (flags & O_APPEND) != 0;
  const off_t offset = appends ? by_descriptor.st_size : ::lseek(fd, 0, SEEK_CUR);
  return OutputFile{*path, offset < 0 ? 0 : static_cast<long long>(offset)};
}

}  // namespace tidemark
