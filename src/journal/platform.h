// What the journal asks of the operating system beyond POSIX. linux/ has it; posix/ stands in where
// it is missing and answers "unknown". Nothing here allocates or throws: the writer calls it inside
// the trainer's process.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "telemetry/process_sample.h"

namespace tidemark {

/// Gives a range of a file its memory or disk blocks now, keeping what it holds. 0, or an errno:
/// ENOSPC here is an error that can be handled, a page that is missing later is a SIGBUS in the
/// trainer.
int allocate_range(int fd, std::uint64_t offset, std::uint64_t bytes) noexcept;

/// Takes a range's memory back, so that it reads as zeros; what cannot be taken back stays.
void free_range(int fd, std::uint64_t offset, std::uint64_t bytes) noexcept;

/// True for a file system that lives in memory: no writeback ever makes a store into a mapping
/// wait.
bool is_memory_file_system(const char* path) noexcept;

/// The two halves of a device's number, as the system's own lists show them. No `major` and `minor`
/// of the system's headers: those are macros.
struct DeviceNumbers {
  unsigned major_number = 0;
  unsigned minor_number = 0;
};
DeviceNumbers device_numbers(dev_t device) noexcept;

/// This process; start_ticks is 0 where the system does not tell.
ProcessIdentity own_process() noexcept;
/// Identifies the pid namespace; 0: unknown or the only one.
std::uint64_t own_pid_namespace() noexcept;
std::uint64_t own_thread_id() noexcept;

/// How far up `ancestor` is in this process's tree: 0 is this process, 1 its parent. Negative: it
/// is none of its living ancestors.
int generations_to(ProcessIdentity ancestor) noexcept;
inline bool descends_from(ProcessIdentity ancestor) noexcept {
  return generations_to(ancestor) >= 0;
}

/// The kernel's id of this boot, as text; empty where there is none.
struct BootId {
  char text[40] = {};
};
BootId own_boot_id() noexcept;

}  // namespace tidemark
