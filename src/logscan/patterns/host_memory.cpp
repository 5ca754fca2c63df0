// Allocations of host memory that failed where the process could see it: c10's CPU allocator,
// libstdc++ and the MSVC runtime, numpy, Arrow, Rust's allocator, strerror(ENOMEM), Windows.
#include "logscan/patterns/pattern.h"

namespace tidemark {
namespace {

using enum LogCategory;
using enum Said;
using enum Weight;

constexpr std::array kPatterns{
    // A loader's table is full, not memory.
    Pattern{"cannot allocate memory in static TLS block", dependency_error, anywhere},
    Pattern{"DefaultCPUAllocator: can't allocate memory", host_oom, anywhere},
    Pattern{"DefaultCPUAllocator: not enough memory", host_oom, anywhere},
    Pattern{"[enforce fail at alloc_cpu.cpp", host_oom, anywhere},
    Pattern{"[enforce fail at CPUAllocator.cpp", host_oom, anywhere},
    Pattern{"std::bad_alloc", host_oom, anywhere},
    Pattern{"St9bad_alloc", host_oom, anywhere},
    Pattern{"bad allocation", host_oom, raised},
    Pattern{"Unable to allocate ", host_oom, raised, decisive, " for an array with shape"},
    Pattern{"[Errno 12] Cannot allocate memory", host_oom, anywhere},
    Pattern{"Cannot allocate memory (12)", host_oom, raised},
    Pattern{"Cannot allocate memory", host_oom, raised},
    Pattern{"fork: Cannot allocate memory", host_oom, anywhere, weak},
    Pattern{"[WinError 1455]", host_oom, anywhere},
    Pattern{"paging file is too small", host_oom, anywhere},
    Pattern{"not enough memory resources are available", host_oom, raised},
    Pattern{"malloc of size ", host_oom, raised, decisive, "failed"},
    Pattern{"realloc of size ", host_oom, raised, decisive, "failed"},
    Pattern{"memory allocation of ", host_oom, anywhere, decisive, " bytes failed"},
    Pattern{"MemoryError", host_oom, raised, decisive, {}, "OutOfMemoryError"},
    Pattern{"Insufficient memory) Failed to allocate", host_oom, raised},
    // Lua Torch and PyTorch up to 1.0.
    Pattern{"$ Torch: not enough memory: you tried to allocate", host_oom, anywhere},
    Pattern{"[WinError 8]", host_oom, raised},
    Pattern{"JavaScript heap out of memory", host_oom, anywhere},
    Pattern{"OutOfMemoryError: Java heap space", host_oom, anywhere},
};

}  // namespace

std::span<const Pattern> host_memory_patterns() {
  return kPatterns;
}

}  // namespace tidemark
