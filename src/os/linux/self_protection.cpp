#include "os/self_protection.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {
namespace {

struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

/// "55d0c000-55d2d000 rw-p 00000000 00:00 0   [heap]" (proc(5), /proc/pid/maps)
std::optional<Range> parse_range(std::string_view line) {
  Range range;
  const auto* const last = line.data() + line.size();
  const auto [dash, first_error] = std::from_chars(line.data(), last, range.begin, 16);
  if (first_error != std::errc{} || dash == last || *dash != '-') return std::nullopt;
  const auto [after, second_error] = std::from_chars(dash + 1, last, range.end, 16);
  if (second_error != std::errc{} || range.end <= range.begin) return std::nullopt;
  return range;
}

std::optional<Range> find_mapping(std::string_view maps, std::string_view name) {
  while (!maps.empty()) {
    const auto line = maps.substr(0, maps.find('\n'));
    maps.remove_prefix(std::min(maps.size(), line.size() + 1));
    if (line.ends_with(name)) return parse_range(line);
  }
  return std::nullopt;
}

/// Locks the end of `range` that is in use: the heap's beginning, the stack's end.
std::int64_t lock_part(Range range, std::int64_t budget, bool at_end) {
  const auto size =
      std::min<std::int64_t>(static_cast<std::int64_t>(range.end - range.begin), budget);
  if (size <= 0) return 0;
  const auto begin = at_end ? range.end - static_cast<std::uintptr_t>(size) : range.begin;
  // An address of this process, from its own map.
  return ::mlock(reinterpret_cast<void*>(begin), static_cast<std::size_t>(size)) == 0 ? size : 0;
}

}  // namespace

Result<void> leave_oom_choice(const HostRoot& host) {
  const auto path = host.resolve("proc/self/oom_score_adj").string();
  const UniqueFd file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!file) return std::unexpected(system_error(errno, path));
  constexpr std::string_view kNever = "-1000";
  if (::write(file.get(), kNever.data(), kNever.size()) < 0)
    return std::unexpected(system_error(errno, path));
  return {};
}

Bytes lock_present_memory(const HostRoot& host, Bytes budget) {
  const auto maps = host.read("proc/self/maps");
  if (!maps || !host.is_live()) return {};
  constexpr std::int64_t kStackBytes = 64LL << 10;
  const std::int64_t page = ::sysconf(_SC_PAGESIZE);
  Bytes locked;
  if (const auto stack = find_mapping(*maps, "[stack]"))
    locked.count += lock_part(*stack, std::min(kStackBytes, budget.count / page * page), true);
  if (const auto heap = find_mapping(*maps, "[heap]"))
    locked.count += lock_part(*heap, (budget.count - locked.count) / page * page, false);
  return locked;
}

}  // namespace tidemark
