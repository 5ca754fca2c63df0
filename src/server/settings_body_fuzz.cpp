// The body of POST .../whatif: whatever comes, it is refused with a reason or gives scalars under
// whole paths.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "server/settings_body.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(bytes), size};
  const auto body = tidemark::parse_settings_body(text);
  if (!body && body.error().message.empty()) std::abort();
  if (!body) return 0;
  for (const auto& change : body->set)
    if (!change.path.starts_with("config.")) std::abort();
  return 0;
}
