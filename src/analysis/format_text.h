// Quantities as people read them. One formatter for all text; part of the face (analysis.h).
#pragma once

#include <string>

#include "core/bytes.h"

namespace tidemark {

/// "119.2 GB", "734 MB": GiB and MiB under the names people use.
std::string format_bytes(Bytes bytes);

/// "2h 14m", "48s", "0.4s". "0s" for what is no duration (negative, NaN).
std::string format_duration(double seconds);

/// 0.994 -> "99%". Never "100%" for less than the whole, nor "0%" for more than nothing.
std::string format_percent(double fraction);

}  // namespace tidemark
