// The texts of a memory cgroup's files: one number, or lines "key number"
// (Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/bytes.h"

namespace tidemark {

/// memory.max, memory.current, memory.limit_in_bytes, ... Absent: "max", v1's unlimited (the
/// largest page-aligned 63-bit number), or no number.
std::optional<Bytes> parse_cgroup_bytes(std::string_view text);

/// A file that is one count: memory.failcnt.
std::optional<std::uint64_t> parse_cgroup_number(std::string_view text);

/// The number after `key` in memory.events or memory.oom_control.
std::optional<std::uint64_t> parse_cgroup_count(std::string_view text, std::string_view key);

/// memory.stat. v1 has both a cgroup's own numbers and, as total_*, those of its subtree; v2 has
/// the subtree's only. The subtree's are the ones that belong to the usage.
struct CgroupMemoryStat {
  std::optional<Bytes> inactive_file{};
  std::optional<Bytes> swap{};                // v1; v2 has memory.swap.current
  std::optional<Bytes> hierarchical_limit{};  // v1: the lowest over all ancestors, seen or not
};
CgroupMemoryStat parse_cgroup_memory_stat(std::string_view text);

}  // namespace tidemark
