#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "monitor/monitor.h"
#include "os/descriptors.h"

namespace tidemark {
namespace {

using SteadyClock = std::chrono::steady_clock;

// A frame is its length (native order: both ends are one binary on one machine) and that many
// bytes.
constexpr std::size_t kHeaderBytes = sizeof(std::uint32_t);
constexpr std::uint32_t kMaxFrameBytes = 64U << 20;

bool wait_for(int fd, short events, SteadyClock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
  pollfd entry{.fd = fd, .events = events, .revents = 0};
  return ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) > 0;
}

}  // namespace

Result<std::pair<ControlChannel, ControlChannel>> ControlChannel::pair() {
  auto ends = open_socket_pair();
  if (!ends) return std::unexpected(ends.error());
  return std::pair{ControlChannel{std::move(ends->first)}, ControlChannel{std::move(ends->second)}};
}

bool ControlChannel::send(const std::string& message, std::chrono::milliseconds wait) {
  const auto length = static_cast<std::uint32_t>(message.size());
  std::string frame(kHeaderBytes, '\0');
  std::memcpy(frame.data(), &length, kHeaderBytes);
  frame += message;
  const auto until = SteadyClock::now() + wait;
  std::string_view rest{frame};
  while (!rest.empty()) {
    const ssize_t sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      rest.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN && wait_for(socket_.get(), POLLOUT, until)) continue;
    return false;
  }
  return true;
}

std::optional<std::string> ControlChannel::take_frame() {
  if (pending_.size() < kHeaderBytes) return std::nullopt;
  std::uint32_t length = 0;
  std::memcpy(&length, pending_.data(), kHeaderBytes);
  if (length > kMaxFrameBytes) {  // not our other end: nothing after this can be trusted
    closed_ = true;
    return std::nullopt;
  }
  if (pending_.size() < kHeaderBytes + length) return std::nullopt;
  auto message = pending_.substr(kHeaderBytes, length);
  pending_.erase(0, kHeaderBytes + length);
  return message;
}

std::optional<std::string> ControlChannel::receive(std::chrono::milliseconds wait) {
  const auto until = SteadyClock::now() + wait;
  std::array<char, 65536> piece{};
  while (true) {
    if (auto message = take_frame()) return message;
    if (closed_) return std::nullopt;
    const ssize_t got = ::recv(socket_.get(), piece.data(), piece.size(), 0);
    if (got > 0) {
      pending_.append(piece.data(), static_cast<std::size_t>(got));
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) {
      if (!wait_for(socket_.get(), POLLIN, until)) return std::nullopt;
      continue;
    }
    closed_ = true;  // end of file, or the other side was reset
  }
}

}  // namespace tidemark
