// "90d" as people write ages.
#pragma once

#include <optional>
#include <string_view>

namespace tidemark {

/// Seconds of "45s", "10m", "12h", "90d", "2w"; a bare number is days. Absent: not an age.
std::optional<double> parse_age_seconds(std::string_view text);

}  // namespace tidemark
