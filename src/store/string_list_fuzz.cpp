// Any text parses or is refused; what parses survives a round trip.
#include "store/string_list.h"

#include <cstddef>
#include <cstdint>

#include "core/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(bytes), size};
  if (const auto list = tidemark::parse_string_list(text))
    tidemark::check(tidemark::parse_string_list(tidemark::string_list_json(*list)) == list,
                    "a parsed list comes back from its own JSON");
  return 0;
}
