// Darwin: libproc and fcntl's F_PREALLOCATE. There is no tmpfs that every Mac has, and no
// /proc/locks.
#include "journal/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <libproc.h>
#include <pthread.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/proc_info.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include "journal/zero_fill.h"

namespace tidemark {
namespace {

bool read_info(pid_t pid, proc_bsdinfo& info) noexcept {
  return ::proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &info, sizeof info) ==
         static_cast<int>(sizeof info);
}

// As os/macos/process_watch.cpp has it.
std::uint64_t start_of(const proc_bsdinfo& info) noexcept {
  return info.pbi_start_tvsec * 1'000'000 + info.pbi_start_tvusec;
}

}  // namespace

// F_PREALLOCATE reserves room past the end without filling it; what may be written over is zeros
// either way, because the range is one that nobody uses yet.
int allocate_range(int fd, std::uint64_t offset, std::uint64_t bytes) noexcept {
  fstore_t store{};
  store.fst_flags = F_ALLOCATEALL;
  store.fst_posmode = F_PEOFPOSMODE;
  store.fst_length = static_cast<off_t>(bytes);
  if (::fcntl(fd, F_PREALLOCATE, &store) < 0 && errno == ENOSPC) return ENOSPC;
  return fill_with_zeros(fd, offset, bytes);
}

void free_range(int fd, std::uint64_t offset, std::uint64_t bytes) noexcept {
  fpunchhole_t hole{};
  hole.fp_offset = static_cast<off_t>(offset);
  hole.fp_length = static_cast<off_t>(bytes);
  (void)::fcntl(fd, F_PUNCHHOLE, &hole);
}

bool is_memory_file_system(const char* path) noexcept {
  struct statfs found{};
  return ::statfs(path, &found) == 0 && ::strcmp(found.f_fstypename, "tmpfs") == 0;
}

DeviceNumbers device_numbers(dev_t device) noexcept {
  const auto number = static_cast<std::uint32_t>(device);
  return {static_cast<unsigned>(major(number)), static_cast<unsigned>(minor(number))};
}

ProcessIdentity own_process() noexcept {
  const auto pid = ::getpid();
  proc_bsdinfo info{};
  return {pid, read_info(pid, info) ? start_of(info) : 0};
}

std::uint64_t own_pid_namespace() noexcept {
  return 0;
}

std::uint64_t own_thread_id() noexcept {
  std::uint64_t id = 0;
  (void)::pthread_threadid_np(nullptr, &id);
  return id;
}

int generations_to(ProcessIdentity ancestor) noexcept {
  constexpr int kMostGenerations = 256;
  pid_t pid = ::getpid();
  for (int generation = 0; generation < kMostGenerations && pid > 0; ++generation) {
    proc_bsdinfo info{};
    if (!read_info(pid, info)) return -1;
    if (pid == ancestor.pid) return start_of(info) == ancestor.start_ticks ? generation : -1;
    pid = static_cast<pid_t>(info.pbi_ppid);
  }
  return -1;
}

BootId own_boot_id() noexcept {
  BootId id;
  std::size_t size = sizeof id.text;
  if (::sysctlbyname("kern.bootsessionuuid", id.text, &size, nullptr, 0) != 0) return {};
  id.text[sizeof id.text - 1] = '\0';
  return id;
}

}  // namespace tidemark
