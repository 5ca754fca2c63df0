// poll(2) over a list.
#pragma once

#include <poll.h>

#include <span>

namespace tidemark {

/// As poll(2) answers; `timeout_ms` below 0 waits without end. nfds_t is narrower than a size on
/// macOS.
inline int poll_all(std::span<pollfd> entries, int timeout_ms) {
  return ::poll(entries.data(), static_cast<nfds_t>(entries.size()), timeout_ms);
}

}  // namespace tidemark
