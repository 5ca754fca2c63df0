#include "monitor/output_follower.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "os/descriptors.h"

namespace tidemark {
namespace {

constexpr std::size_t kPieceBytes = 65536;
// Of a log that began before it is followed: a second of reading.
constexpr std::int64_t kMostEarlier = std::int64_t{256} << 20;

UniqueFd open_to_read(const std::string& path) {
  return UniqueFd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
}

}  // namespace

OutputFollower::OutputFollower(const OutputSource& source)
    : pipe_(source.pipe_fd), pipe_open_(source.pipe_fd >= 0), path_(source.file) {
  if (pipe_open_) ::fcntl(pipe_.get(), F_SETFL, ::fcntl(pipe_.get(), F_GETFL) | O_NONBLOCK);
  if (path_.empty()) return;
  now_.file = open_to_read(path_);
  if (now_.file) now_.offset = source.file_offset;  // a file that comes later is all new
}

bool OutputFollower::read_available(const Use& use) {
  std::size_t taken = pipe_open_ ? read_pipe(use) : 0;
  if (path_.empty()) return taken >= kMostPerCall;
  if (before_.file) taken += read_file(before_, kMostPerCall, use);
  if (now_.file && taken < kMostPerCall) taken += read_file(now_, kMostPerCall - taken, use);
  // Only when all of the old one is read: what stands in it came before.
  if (taken < kMostPerCall && look_for_another())
    taken += read_file(now_, kMostPerCall - taken, use);
  return taken >= kMostPerCall;
}

std::optional<double> OutputFollower::read_earlier(std::int64_t begin, const Use& use) {
  if (!now_.file || begin >= now_.offset) return std::nullopt;
  const auto modified = modified_at(now_.file.get());
  if (!modified) return std::nullopt;
  const std::int64_t end = now_.offset;
  now_.offset = std::max(begin, end - kMostEarlier);
  while (now_.offset < end)
    if (read_file(now_, static_cast<std::size_t>(end - now_.offset), use) == 0) break;
  return modified;
}

std::size_t OutputFollower::read_pipe(const Use& use) {
  std::array<char, kPieceBytes> piece{};
  std::size_t taken = 0;
  while (taken < kMostPerCall) {
    const ssize_t got = ::read(pipe_.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return taken;
    if (got <= 0) {
      pipe_open_ = false;
      return taken;
    }
    saw_output_ = true;
    taken += static_cast<std::size_t>(got);
    use({.bytes = {piece.data(), static_cast<std::size_t>(got)}});
  }
  return taken;
}

std::size_t OutputFollower::read_file(Opened& from, std::size_t most, const Use& use) {
  std::array<char, kPieceBytes> piece{};
  std::size_t taken = 0;
  while (taken < most) {
    const auto room = std::min(piece.size(), most - taken);
    const ssize_t got = ::pread(from.file.get(), piece.data(), room, from.offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    saw_output_ = true;
    taken += static_cast<std::size_t>(got);
    from.offset += got;
    const bool other = last_read_ != nullptr && last_read_ != &from;
    last_read_ = &from;
    use({.bytes = {piece.data(), static_cast<std::size_t>(got)},
         .new_file = std::exchange(new_file_, false) || other});
  }
  return taken;
}

/// True where there is something new to read: another file under the name, or a file that was cut.
bool OutputFollower::look_for_another() {
  struct stat named{};
  if (::stat(path_.c_str(), &named) != 0) return false;  // moved away: the open file may still grow
  struct stat opened{};
  const bool known = now_.file && ::fstat(now_.file.get(), &opened) == 0;
  if (known && named.st_ino == opened.st_ino && named.st_dev == opened.st_dev) {
    if (named.st_size >= now_.offset) return false;
    now_.offset = 0;
    new_file_ = true;
    return true;
  }
  auto file = open_to_read(path_);
  if (!file) return false;
  before_ = std::exchange(now_, Opened{.file = std::move(file)});
  if (last_read_ != nullptr) last_read_ = &before_;
  return true;
}

}  // namespace tidemark
