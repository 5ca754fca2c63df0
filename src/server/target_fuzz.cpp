// The parts of a request's head that are parsed here: its target, and fields. Segments and values
// hold no NUL, and what is parsed is never longer than what came.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "server/answer_cache.h"
#include "server/compression.h"
#include "server/http_message.h"
#include "server/stream_hub.h"

namespace {

void read_as_fields(std::string_view text) {
  (void)tidemark::accepts_gzip(text);
  (void)tidemark::names_tag(text, "\"0123456789abcdef\"");
  if (const auto mark = tidemark::parse_row_mark(text))
    if (tidemark::parse_row_mark(tidemark::text_of(*mark)) != mark) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(bytes), size};
  read_as_fields(text);
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
