// Shared memory and descriptors of the data loader's workers: torch's signal handlers, ATen's
// MapAllocator, multiprocessing's passing of descriptors, NCCL's segments.
#include "logscan/patterns/pattern.h"

namespace tidemark {
namespace {

using enum LogCategory;
using enum Said;
using enum Weight;

constexpr std::array kPatterns{
    Pattern{"is killed by signal: Bus error", shm_exhausted, anywhere},
    Pattern{"Unexpected bus error encountered in worker", shm_exhausted, anywhere},
    Pattern{"insufficient shared memory (shm)", shm_exhausted, anywhere},
    Pattern{"out of shared memory", shm_exhausted, raised, decisive, "worker"},
    Pattern{"unable to write to file </torch_", shm_exhausted, anywhere},
    Pattern{"unable to open shared memory object", shm_exhausted, anywhere},
    Pattern{"unable to allocate shared memory", shm_exhausted, anywhere},
    Pattern{"unable to resize file </torch_", shm_exhausted, anywhere},
    Pattern{"unable to mmap", shm_exhausted, raised, decisive, "</torch_"},
    Pattern{"received 0 items of ancdata", shm_exhausted, anywhere},
    Pattern{"No space left on device: '/dev/shm", shm_exhausted, anywhere},
    Pattern{"No space left on device", shm_exhausted, anywhere, decisive, "/dev/shm"},
    Pattern{"No space left on device", shm_exhausted, anywhere, decisive, "/torch_"},
    Pattern{"Error while creating shared memory segment", shm_exhausted, anywhere},
    Pattern{"Too many open files", shm_exhausted, raised},
    Pattern{"torch_shm_manager", shm_exhausted, raised},
    Pattern{"Bus error (core dumped)", shm_exhausted, anywhere},
};

}  // namespace

std::span<const Pattern> shared_memory_patterns() {
  return kPatterns;
}

}  // namespace tidemark
