#include "journal/platform.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <string_view>

namespace tidemark {
namespace {

/// A small /proc file into `buffer`; without allocation, unlike HostRoot.
template <std::size_t N>
std::string_view read_small(const char* path, char (&buffer)[N]) noexcept {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const ssize_t got = ::read(fd, buffer, N);
  ::close(fd);
  return got > 0 ? std::string_view{buffer, static_cast<std::size_t>(got)} : std::string_view{};
}

struct StatFields {
  std::int32_t parent = 0;
  std::uint64_t start_ticks = 0;
};

template <class Number>
bool parse_field(std::string_view stat, std::size_t at, Number& value) noexcept {
  return std::from_chars(stat.data() + at, stat.data() + stat.size(), value).ec == std::errc{};
}

// proc(5): field 2, comm, is in parentheses and may hold any byte; ppid is field 4, starttime
// field 22.
bool parse_stat(std::string_view stat, StatFields& fields) noexcept {
  std::size_t at = stat.rfind(')');
  for (int field = 3; field <= 22; ++field) {
    at = at == std::string_view::npos ? at : stat.find(' ', at);
    if (at == std::string_view::npos) return false;
    ++at;
    if (field == 4 && !parse_field(stat, at, fields.parent)) return false;
  }
  return parse_field(stat, at, fields.start_ticks);
}

bool read_stat(std::int32_t pid, StatFields& fields) noexcept {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
  char buffer[1024];
  return parse_stat(read_small(path, buffer), fields);
}

}  // namespace

int allocate_range(int fd, std::uint64_t offset, std::uint64_t bytes) noexcept {
  // tmpfs gives up and begins again when a signal arrives; a profiler's timer sends many.
  constexpr int kAttempts = 100;
  int error = EINTR;
  for (int i = 0; i < kAttempts && error == EINTR; ++i)
    error = ::posix_fallocate(fd, static_cast<off_t>(offset), static_cast<off_t>(bytes));
  return error;
}

void free_range(int fd, std::uint64_t offset, std::uint64_t bytes) noexcept {
  (void)::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                    static_cast<off_t>(bytes));
}

bool is_memory_file_system(const char* path) noexcept {
  struct statfs found{};
  if (::statfs(path, &found) != 0) return false;
  return found.f_type == TMPFS_MAGIC || found.f_type == RAMFS_MAGIC;
}

DeviceNumbers device_numbers(dev_t device) noexcept {
  return {major(device), minor(device)};
}

ProcessIdentity own_process() noexcept {
  StatFields fields;
  const auto pid = static_cast<std::int32_t>(::getpid());
  return {pid, read_stat(pid, fields) ? fields.start_ticks : 0};
}

std::uint64_t own_pid_namespace() noexcept {
  struct stat found{};
  return ::stat("/proc/self/ns/pid", &found) == 0 ? found.st_ino : 0;
}

std::uint64_t own_thread_id() noexcept {
  return static_cast<std::uint64_t>(::syscall(SYS_gettid));
}

int generations_to(ProcessIdentity ancestor) noexcept {
  constexpr int kDeepestTree = 1024;  // only so that a /proc that lies cannot hold us here
  std::int32_t pid = static_cast<std::int32_t>(::getpid());
  for (int depth = 0; depth < kDeepestTree && pid > 0; ++depth) {
    StatFields fields;
    if (!read_stat(pid, fields)) return -1;
    if (pid == ancestor.pid) return fields.start_ticks == ancestor.start_ticks ? depth : -1;
    pid = fields.parent;
  }
  return -1;
}

BootId own_boot_id() noexcept {
  char buffer[sizeof(BootId::text)];
  const auto text = read_small("/proc/sys/kernel/random/boot_id", buffer);
  BootId id;
  for (std::size_t i = 0; i < text.size() && i + 1 < sizeof id.text && text[i] != '\n'; ++i)
    id.text[i] = text[i];
  return id;
}

}  // namespace tidemark
