#include "core/check.h"

#include <cstdio>
#include <cstdlib>

namespace tidemark {

void check(bool holds, const char* what, std::source_location where) {
  if (holds) return;
  (void)std::fprintf(stderr, "tidemark: internal error: %s (%s:%u)\n", what, where.file_name(),
                     static_cast<unsigned>(where.line()));
  std::abort();
}

}  // namespace tidemark
