#include "monitor/output_follower.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace tidemark {
namespace {

constexpr std::size_t kPieceBytes = 65536;

}  // namespace

OutputFollower::OutputFollower(const OutputSource& source)
    : pipe_(source.pipe_fd),
      pipe_open_(source.pipe_fd >= 0),
      path_(source.file),
      offset_(source.file_offset) {
  if (pipe_open_) ::fcntl(pipe_.get(), F_SETFL, ::fcntl(pipe_.get(), F_GETFL) | O_NONBLOCK);
  if (!path_.empty()) file_ = UniqueFd{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
}

void OutputFollower::read_available(OutputReader& reader, double unix_seconds) {
  if (pipe_open_) read_pipe(reader, unix_seconds);
  if (!path_.empty()) read_file(reader, unix_seconds);
}

void OutputFollower::read_pipe(OutputReader& reader, double unix_seconds) {
  std::array<char, kPieceBytes> piece{};
  for (std::size_t taken = 0; taken < kMostPerCall;) {
    const ssize_t got = ::read(pipe_.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      pipe_open_ = false;
      return;
    }
    saw_output_ = true;
    taken += static_cast<std::size_t>(got);
    reader.feed({piece.data(), static_cast<std::size_t>(got)}, unix_seconds);
  }
}

void OutputFollower::read_file(OutputReader& reader, double unix_seconds) {
  reopen_if_replaced();
  if (!file_) return;
  std::array<char, kPieceBytes> piece{};
  for (std::size_t taken = 0; taken < kMostPerCall;) {
    const ssize_t got = ::pread(file_.get(), piece.data(), piece.size(), offset_);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    saw_output_ = true;
    taken += static_cast<std::size_t>(got);
    offset_ += got;
    reader.feed({piece.data(), static_cast<std::size_t>(got)}, unix_seconds);
  }
}

// A log that was rotated has another inode under its name; one that was truncated is shorter than
// what was read of it. Either way it is read from its start.
void OutputFollower::reopen_if_replaced() {
  struct stat named{};
  if (::stat(path_.c_str(), &named) != 0) return;  // moved away: the open file may still grow
  struct stat opened{};
  const bool same = file_ && ::fstat(file_.get(), &opened) == 0 && named.st_ino == opened.st_ino &&
                    named.st_dev == opened.st_dev;
  if (!same) {
    file_ = UniqueFd{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    offset_ = 0;
  } else if (named.st_size < offset_) {
    offset_ = 0;
  }
}

}  // namespace tidemark
