// The sizes in the message of a failed allocation.
#pragma once

#include <string_view>

#include "logscan/logscan.h"

namespace tidemark {

/// Sizes as every allocator prints them: "20.00 MiB", "9.05 GB" (Apple's, and taken as GiB),
/// "36000000 bytes". The limits that a user set ("max allowed", "60.25 GiB allowed") are no totals.
MemoryFigures parse_memory_figures(std::string_view message);

}  // namespace tidemark
