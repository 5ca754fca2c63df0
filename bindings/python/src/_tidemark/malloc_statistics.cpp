#include "_tidemark/malloc_statistics.h"

#include <dlfcn.h>

#include <cstddef>
#include <cstring>

namespace tidemark::python {
namespace {

// mallinfo(3), struct mallinfo2; written down here so that an older glibc can build this.
struct Mallinfo2 {
  std::size_t arena;  // had by sbrk, or mapped for arenas
  std::size_t ordblks;
  std::size_t smblks;
  std::size_t hblks;
  std::size_t hblkhd;  // in mappings of their own
  std::size_t usmblks;
  std::size_t fsmblks;
  std::size_t uordblks;  // in use in arenas
  std::size_t fordblks;
  std::size_t keepcost;
};
using ReadMallinfo2 = Mallinfo2 (*)();

// glibc's figures are of glibc's heap: with jemalloc, tcmalloc or mimalloc in front of it they say
// nothing. Told by their own functions; malloc's address is no help, as it may be the executable's
// entry for it.
ReadMallinfo2 find_mallinfo2() noexcept {
  for (const char* other : {"mallctl", "tc_malloc", "mi_malloc"})
    if (::dlsym(RTLD_DEFAULT, other) != nullptr) return nullptr;
  void* const found = ::dlsym(RTLD_DEFAULT, "mallinfo2");
  ReadMallinfo2 function = nullptr;
  std::memcpy(&function, &found, sizeof function);
  return function;
}

}  // namespace

std::optional<MallocStatistics> read_malloc_statistics() noexcept {
  static const ReadMallinfo2 read = find_mallinfo2();
  if (read == nullptr) return std::nullopt;
  const auto found = read();
  return MallocStatistics{found.uordblks + found.hblkhd, found.arena + found.hblkhd};
}

}  // namespace tidemark::python
