#include "cli/output_tap.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "os/descriptors.h"

namespace tidemark {
namespace {

constexpr int kPipeBytes = 1 << 20;  // the most an unprivileged process may ask for (pipe(7))

}  // namespace

Result<std::pair<OutputTap, UniqueFd>> OutputTap::open() {
  auto pipe = open_pipe();
  if (!pipe) return std::unexpected(pipe.error());
  for (const int end : {pipe->read_end.get(), pipe->write_end.get()}) set_non_blocking(end);
  ask_for_pipe_room(pipe->write_end.get(), kPipeBytes);
  return std::pair{OutputTap{std::move(pipe->write_end)}, std::move(pipe->read_end)};
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
