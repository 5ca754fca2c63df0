// Pressure stall information: /proc/pressure/memory and a cgroup's memory.pressure have one form
// (Documentation/accounting/psi.rst).
#pragma once

#include <optional>
#include <string_view>

#include "telemetry/host_sample.h"

namespace tidemark {

/// Percent become ratios. Absent where the line "some" is missing or broken; a text without the
/// line "full" gives zeros for it.
std::optional<Pressure> parse_pressure(std::string_view text);

}  // namespace tidemark
