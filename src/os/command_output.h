// What a short command prints. For the edges of a run; nothing is forked while one is watched.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "core/result.h"

namespace tidemark {

/// Runs `command` (its first word is looked up in PATH), with standard input and error closed to
/// it, and gives back what it printed until it ended, printed `limit_bytes`, or `patience` was
/// over; then it is killed. Its exit code is not asked.
Result<std::string> read_command(const std::vector<std::string>& command,
                                 std::chrono::milliseconds patience,
                                 std::size_t limit_bytes = std::size_t{1} << 20);

}  // namespace tidemark
