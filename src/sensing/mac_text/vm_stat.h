// Apple's own account of physical memory: what host_statistics64 answers (vm_statistics64 of
// <mach/vm_statistics.h>) and what vm_stat(1) prints of it. Plain text in, so that it is tested on
// any machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/bytes.h"
#include "core/result.h"

namespace tidemark {

/// Counts are of pages of `page`: 16 KiB on Apple Silicon, 4 KiB on Intel, never assumed.
struct VmStat {
  Bytes page{};
  std::uint64_t wired = 0;
  std::uint64_t anonymous = 0;  // "internal" in Mach's words
  // Held by anonymous pages that the kernel may drop: inside `anonymous`, not beside it.
  std::uint64_t purgeable = 0;
  std::uint64_t compressor = 0;  // pages that compressed memory occupies, not what it would fill
  std::optional<std::uint64_t> file_backed{};
  std::optional<std::uint64_t> page_ins_total{};
  std::optional<std::uint64_t> swap_ins_total{};
  std::optional<std::uint64_t> swap_outs_total{};
};

/// `malformed` without the page size or one of the counts that are not optional (OS X 10.9 has
/// all).
Result<VmStat> parse_vm_stat(std::string_view text);

}  // namespace tidemark
