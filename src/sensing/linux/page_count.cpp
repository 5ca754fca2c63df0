#include "sensing/linux/page_count.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string>

#include "sensing/linux/parsers/process_maps.h"
#include "sensing/text/scan.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostMapsBytes = 64U << 20;  // half a million mappings

// The kernel's Documentation/admin-guide/mm/pagemap.rst.
constexpr std::uint64_t kExclusive = std::uint64_t{1} << 56;
constexpr std::uint64_t kOfFileOrShared = std::uint64_t{1} << 61;
constexpr std::uint64_t kPresent = std::uint64_t{1} << 63;

struct Counts {
  std::int64_t present = 0, exclusive = 0, anon = 0;

  void add(std::uint64_t entry) {
    if ((entry & kPresent) == 0) return;
    ++present;
    if ((entry & kExclusive) != 0) ++exclusive;
    if ((entry & kOfFileOrShared) == 0) ++anon;
  }
};

// Pages first..last; false when the file says no more of them.
Result<bool> add_entries(const UniqueFd& pagemap, std::uint64_t first, std::uint64_t last,
                         Counts& counts) {
  std::array<std::uint64_t, 4096> entries{};
  while (first < last) {
    const auto wanted = std::min<std::uint64_t>(last - first, entries.size());
    const auto got = ::pread(pagemap.get(), entries.data(), wanted * sizeof entries[0],
                             static_cast<off_t>(first * sizeof entries[0]));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(system_error(errno, "pagemap"));
    const auto read = static_cast<std::size_t>(got) / sizeof entries[0];
    if (read == 0) return false;
    for (std::size_t i = 0; i < read; ++i) counts.add(entries[i]);
    first += read;
  }
  return true;
}

}  // namespace

Result<PageCount> count_pages(const HostRoot& host, pid_t pid, std::size_t most_pages) {
  const auto folder = "proc/" + std::to_string(pid);
  const auto maps = host.read(folder + "/maps", kMostMapsBytes);
  if (!maps) return std::unexpected(maps.error());
  const auto pagemap = host.open(folder + "/pagemap");
  if (!pagemap) return std::unexpected(pagemap.error());

  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  Counts counts;
  std::uint64_t left = most_pages;
  for (std::string_view rest = *maps; !rest.empty() && left > 0;) {
    const auto range = parse_maps_line(take_line(rest));
    if (!range || !range->counts) continue;
    const auto first = range->begin / page_bytes;
    const auto last = std::min(range->end / page_bytes, first + left);
    const auto more = add_entries(*pagemap, first, last, counts);
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    left -= last - first;
  }
  const auto bytes = [page_bytes](std::int64_t pages) {
    return Bytes{pages * static_cast<std::int64_t>(page_bytes)};
  };
  return PageCount{.present = bytes(counts.present),
                   .exclusive = bytes(counts.exclusive),
                   .anon = bytes(counts.anon)};
}

}  // namespace tidemark
