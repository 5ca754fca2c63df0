#include "sensing/linux/parsers/meminfo.h"

#include <array>
#include <utility>

#include "sensing/text/scan.h"

namespace tidemark {
namespace {

struct Fields {
  std::optional<Bytes> total{}, available{}, buffers{}, cached{}, swap_total{}, swap_free{},
      shmem{};
};

// In the file's own order; Shmem is the last.
constexpr std::array<std::pair<std::string_view, std::optional<Bytes> Fields::*>, 7> kFields{{
    {"MemTotal", &Fields::total},
    {"MemAvailable", &Fields::available},
    {"Buffers", &Fields::buffers},
    {"Cached", &Fields::cached},
    {"SwapTotal", &Fields::swap_total},
    {"SwapFree", &Fields::swap_free},
    {"Shmem", &Fields::shmem},
}};

}  // namespace

Result<HostMemory> parse_meminfo(std::string_view text) {
  Fields fields;
  while (!text.empty() && !fields.shmem) {
    const auto [key, value] = split_keyed_line(take_line(text));
    for (const auto& [name, field] : kFields)
      if (name == key) fields.*field = parse_kib(value);
  }
  if (!fields.total || !fields.available)
    return fail(Errc::malformed, "/proc/meminfo: no MemTotal or no MemAvailable");
  HostMemory memory{.total = *fields.total,
                    .available = *fields.available,
                    .swap_total = fields.swap_total,
                    .swap_free = fields.swap_free,
                    .shmem = fields.shmem};
  if (fields.cached && fields.buffers && fields.shmem)
    memory.page_cache = *fields.cached + *fields.buffers - *fields.shmem;
  return memory;
}

}  // namespace tidemark
