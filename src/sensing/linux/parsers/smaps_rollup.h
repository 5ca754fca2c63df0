// /proc/PID/smaps_rollup (Linux 4.14): shared pages divided among those who map them.
#pragma once

#include <optional>
#include <string_view>

#include "core/bytes.h"

namespace tidemark {

struct SmapsRollup {
  Bytes rss{};
  Bytes pss{};
  Bytes uss{};                  // Private_Clean + Private_Dirty: what ending the process gives back
  std::optional<Bytes> anon{};  // Anonymous: resident anonymous pages, private or shared by a fork
};

/// Absent when a field is missing (the text of a process that is just ending may be empty).
std::optional<SmapsRollup> parse_smaps_rollup(std::string_view text);

}  // namespace tidemark
