// /proc/meminfo (Documentation/filesystems/proc.rst).
#pragma once

#include <string_view>

#include "core/result.h"
#include "telemetry/host_sample.h"

namespace tidemark {

/// `malformed` without MemTotal or MemAvailable (Linux 3.14); other fields are absent where
/// missing.
Result<HostMemory> parse_meminfo(std::string_view text);

}  // namespace tidemark
