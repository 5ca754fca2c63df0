// How much room a file system has.
#pragma once

#include <sys/statvfs.h>

#include <cstdint>

namespace tidemark {

/// A journal goes where this many times its size is free: /dev/shm is also where data loaders put
/// their batches, and a container's has 64 MiB by default.
inline constexpr std::uint64_t kFreeSpaceFactor = 4;

inline bool enough_free(const struct statvfs& found, std::uint64_t bytes) noexcept {
  if (found.f_blocks == 0) return true;  // a tmpfs without a limit (size=0) reports no blocks
  return std::uint64_t{found.f_bavail} * found.f_frsize >= bytes;
}

inline bool has_free_space(int fd, std::uint64_t bytes) noexcept {
  struct statvfs found{};
  return ::fstatvfs(fd, &found) == 0 && enough_free(found, bytes);
}

}  // namespace tidemark
