// /proc/vmstat: the four counters that say how short memory was.
#pragma once

#include <string_view>

#include "telemetry/host_sample.h"

namespace tidemark {

/// Sets the fields that the text has (oom_kill: Linux 4.13) and leaves the others alone.
void parse_vmstat(std::string_view text, HostCounters& counters);

}  // namespace tidemark
