// Where there is no /proc and no posix_fallocate.
#include "journal/platform.h"

#include <unistd.h>

#include "journal/zero_fill.h"

namespace tidemark {

int allocate_range(int fd, std::uint64_t offset, std::uint64_t bytes) noexcept {
  return fill_with_zeros(fd, offset, bytes);
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
