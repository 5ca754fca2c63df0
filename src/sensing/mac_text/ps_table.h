// The processes of a Mac as ps(1) lists them. It is setuid root there and tells of other users'
// processes what libproc refuses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"

namespace tidemark {

struct PsRow {
  std::int32_t pid = 0;
  std::int32_t parent = 0;
  Bytes rss{};         // misleads on a Mac: without what is compressed or swapped out
  std::string name{};  // the program's file name, shortened to 64 bytes: hostile
};

/// Output of `ps -axo pid=,ppid=,rss=,comm=`; lines that are none of its are passed over. `comm` is
/// a path there and may hold spaces; only its last part is kept.
std::vector<PsRow> parse_ps(std::string_view text);

}  // namespace tidemark
