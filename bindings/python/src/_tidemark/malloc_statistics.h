// What the C library's allocator holds, where that is glibc's.
#pragma once

#include <cstdint>
#include <optional>

namespace tidemark::python {

struct MallocStatistics {
  std::uint64_t allocated_bytes = 0;  // in use by the program
  std::uint64_t reserved_bytes = 0;   // had from the kernel
};

/// Walks every arena's free lists under its lock: microseconds in a tidy heap, milliseconds in one
/// with many free pieces. Nothing where another allocator serves malloc, or the C library is not
/// glibc 2.33 or later.
std::optional<MallocStatistics> read_malloc_statistics() noexcept;

}  // namespace tidemark::python
