// Where there is no /proc and no posix_fallocate.
#include "journal/platform.h"

#include <errno.h>
#include <unistd.h>

namespace tidemark {

// Writing zeros is the portable way to own the blocks; the range is one that nobody uses yet.
int allocate_range(int fd, std::uint64_t offset, std::uint64_t bytes) noexcept {
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

void free_range(int, std::uint64_t, std::uint64_t) noexcept {}

bool is_memory_file_system(const char*) noexcept {
  return false;
}

DeviceNumbers device_numbers(dev_t device) noexcept {
  return {static_cast<unsigned>(device), 0};  // no list of locks to look them up in
}

ProcessIdentity own_process() noexcept {
  return {static_cast<std::int32_t>(::getpid()), 0};
}
std::uint64_t own_pid_namespace() noexcept {
  return 0;
}
std::uint64_t own_thread_id() noexcept {
  return 0;
}

int generations_to(ProcessIdentity ancestor) noexcept {
  if (ancestor.pid == ::getpid()) return 0;
  return ancestor.pid == ::getppid() ? 1 : -1;
}

BootId own_boot_id() noexcept {
  return {};
}

}  // namespace tidemark
