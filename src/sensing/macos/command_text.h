// What one of the system's own programs prints; the fallback where a call is refused.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "os/host_root.h"

namespace tidemark {

/// Standard output of `words` (the program is searched on PATH), at most 4 MiB, with LC_ALL=C.
/// Waits for the program: never called in a tick that everything else works in. Of a recorded tree:
/// commands/PROGRAM.txt.
Result<std::string> read_command(const HostRoot& host, const std::vector<std::string>& words);

}  // namespace tidemark
