// The part of a request that is parsed here: its target. Segments and values hold no NUL, and what
// is parsed is never longer than what came.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "server/http_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(bytes), size};
  const auto target = tidemark::parse_target(text);
  if (!target) return 0;
  std::size_t held = 0;
  const auto look = [&held](const std::string& part) {
    held += part.size();
    if (part.contains('\0')) std::abort();
  };
  for (const auto& segment : target->path) look(segment);
  for (const auto& [name, value] : target->query) {
    look(name);
    look(value);
  }
  if (held > size) std::abort();
  return 0;
}
