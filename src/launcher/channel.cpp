#include "launcher/channel.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "launcher/terminal.h"
#include "os/descriptors.h"
#include "os/host_root.h"

namespace tidemark {
namespace {

constexpr std::size_t kBufferBytes = 64U << 10;  // a whole default pipe: no line is cut by a read
// What a pty can hold: the driver's buffers (64 KiB) and what the line discipline has taken (4
// KiB).
constexpr std::size_t kPtyBacklogBytes = 72U << 10;

bool is_pipe_like(StreamKind kind) {
  return kind == StreamKind::pipe || kind == StreamKind::socket;
}

bool ready(const pollfd& polled) {
  return polled.fd >= 0 && polled.revents != 0;
}

}  // namespace

std::size_t pipe_piece_length(std::span<const char> pending) {
  if (pending.size() <= PIPE_BUF) return pending.size();
  const auto first = pending.first(PIPE_BUF);
  const auto newline = std::find(first.rbegin(), first.rend(), '\n');
  return newline == first.rend() ? first.size() : static_cast<std::size_t>(first.rend() - newline);
}

Result<Channel> Channel::open(UniqueFd upstream, const RelayPlan& plan, int own_fd) {
  Channel channel;
  channel.plan_ = plan;
  channel.upstream_ = std::move(upstream);
  if (plan.kind == StreamKind::pipe || plan.kind == StreamKind::terminal)
    channel.downstream_ = reopen_for_writing(own_fd);
  channel.own_description_ = static_cast<bool>(channel.downstream_);
  if (!channel.downstream_) channel.downstream_.reset(::fcntl(own_fd, F_DUPFD_CLOEXEC, 3));
  if (!channel.downstream_) return std::unexpected(system_error(errno, "an output stream"));
  channel.controlling_terminal_ =
      plan.kind == StreamKind::terminal && is_controlling_terminal(own_fd);
  channel.buffer_.resize(kBufferBytes);
  return channel;
}

std::array<pollfd, 2> Channel::watched() const {
  pollfd up{.fd = -1, .events = 0, .revents = 0};
  pollfd down{.fd = -1, .events = 0, .revents = 0};
  if (!pending().empty()) {
    if (!held_) down = {.fd = downstream_.get(), .events = POLLOUT, .revents = 0};
  } else if (upstream_) {
    up = {.fd = upstream_.get(), .events = POLLIN, .revents = 0};
    // Unasked for, POLLERR comes as soon as a pipe has no reader: the trainer is to notice then,
    // not one pipe's worth of output later.
    if (is_pipe_like(plan_.kind)) down.fd = downstream_.get();
  }
  return {up, down};
}

void Channel::carry(std::span<const pollfd, 2> polled, const ChannelCalls& calls) {
  if (pending().empty()) {
    if (ready(polled[1]) && (polled[1].revents & (POLLERR | POLLHUP)) != 0) {
      downstream_failed(EPIPE);
      return;
    }
    if (!ready(polled[0])) return;
    read_once();
  } else if (!ready(polled[1])) {
    return;
  }
  write_on(calls);
}

void Channel::read_once() {
  const ssize_t count = ::read(upstream_.get(), buffer_.data(), buffer_.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {  // a pty answers EIO once no slave is open and all was read
    upstream_.reset();
    return;
  }
  written_ = 0;
  filled_ = static_cast<std::size_t>(count);
  bytes_read_ += filled_;
}

void Channel::write_on(const ChannelCalls& calls) {
  held_ = false;
  while (!pending().empty()) {
    if (controlling_terminal_ && !discarding_ && calls.may_write_to_terminal &&
        !calls.may_write_to_terminal()) {
      held_ = true;
      return;
    }
    auto piece = pending();
    // A shared description may block beyond PIPE_BUF even after POLLOUT.
    if (plan_.kind == StreamKind::pipe || !own_description_)
      piece = piece.first(pipe_piece_length(piece));
    const auto count = discarding_ ? static_cast<std::ptrdiff_t>(piece.size()) : write_piece(piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) {
      downstream_failed(errno);
      continue;
    }
    written_ += static_cast<std::size_t>(count);
    if (calls.copy) calls.copy(piece.first(static_cast<std::size_t>(count)));
    if (!own_description_ && is_pipe_like(plan_.kind)) return;  // one piece for each POLLOUT
    if (!own_description_ && plan_.kind == StreamKind::terminal) return;
  }
}

std::ptrdiff_t Channel::write_piece(std::span<const char> piece) const {
  if (plan_.kind == StreamKind::socket)
    return ::send(downstream_.get(), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return ::write(downstream_.get(), piece.data(), piece.size());
}

// A reader that went away is told to the trainer, by closing its pipe: SIGPIPE or EPIPE, as without
// us. A terminal that hung up or a full disk must not end a training: its output is drained.
void Channel::downstream_failed(int error_number) {
  if (is_pipe_like(plan_.kind)) {
    upstream_.reset();
    written_ = filled_ = 0;
    return;
  }
  discarding_ = true;
  if (plan_.kind != StreamKind::terminal)
    failure_ = system_error(error_number, "an output file").message + "; the rest was not written";
}

bool Channel::at_rest() const {
  if (!pending().empty()) return false;
  if (!upstream_) return true;
  pollfd up{.fd = upstream_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&up, 1, 0) == 0;
}

std::size_t Channel::backlog_limit() const {
  int waiting = 0;
  if (!upstream_) return pending().size();
  if (plan_.mode == StreamMode::pty) return pending().size() + kPtyBacklogBytes;
  if (::ioctl(upstream_.get(), FIONREAD, &waiting) != 0) waiting = 0;
  return pending().size() + static_cast<std::size_t>(waiting);
}

}  // namespace tidemark
