#include "cli/output_tap.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "os/host_root.h"

namespace tidemark {
namespace {

constexpr int kPipeBytes = 1 << 20;  // the most an unprivileged process may ask for (pipe(7))

}  // namespace

Result<std::pair<OutputTap, UniqueFd>> OutputTap::open() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    return std::unexpected(system_error(errno, "pipe2"));
  ::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);  // refused is no harm: the pipe is smaller then
  return std::pair{OutputTap{UniqueFd{ends[1]}}, UniqueFd{ends[0]}};
}

void OutputTap::put(std::span<const char> bytes) {
  const std::scoped_lock lock{mutex_};
  if (!pipe_) return;
  if (!kept_.empty()) write_kept();
  if (kept_.empty()) {
    const ssize_t written = ::write(pipe_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno != EAGAIN && errno != EINTR) {  // the monitor is gone
      pipe_.reset();
      return;
    }
    if (written > 0) bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  keep(bytes);
}

void OutputTap::write_kept() {
  const ssize_t written = ::write(pipe_.get(), kept_.data(), kept_.size());
  if (written > 0) kept_.erase(0, static_cast<std::size_t>(written));
}

void OutputTap::keep(std::span<const char> bytes) {
  kept_.append(bytes.data(), bytes.size());
  if (kept_.size() <= kMostKept) return;
  const auto excess = kept_.size() - kMostKept;
  kept_.erase(0, excess);
  dropped_bytes_ += excess;
}

void OutputTap::close(std::chrono::milliseconds wait) {
  const std::scoped_lock lock{mutex_};
  const auto until = std::chrono::steady_clock::now() + wait;
  while (pipe_ && !kept_.empty()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd entry{.fd = pipe_.get(), .events = POLLOUT, .revents = 0};
    if (left.count() <= 0 || ::poll(&entry, 1, static_cast<int>(left.count())) <= 0) break;
    if ((entry.revents & POLLERR) != 0) break;
    write_kept();
  }
  dropped_bytes_ += kept_.size();
  kept_.clear();
  pipe_.reset();
}

}  // namespace tidemark
