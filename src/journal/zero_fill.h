// The portable way to own a file's blocks, where the system has no call that gives them.
#pragma once

#include <errno.h>
#include <unistd.h>

#include <cstdint>

namespace tidemark {

/// Writes zeros over a range that nobody uses yet. 0, or an errno.
inline int fill_with_zeros(int fd, std::uint64_t offset, std::uint64_t bytes) noexcept {
  static const char zeros[1U << 16] = {};
  while (bytes > 0) {
    const auto part = bytes < sizeof zeros ? static_cast<std::size_t>(bytes) : sizeof zeros;
    const ssize_t done = ::pwrite(fd, zeros, part, static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return done < 0 ? errno : ENOSPC;
    offset += static_cast<std::uint64_t>(done);
    bytes -= static_cast<std::uint64_t>(done);
  }
  return 0;
}

}  // namespace tidemark
