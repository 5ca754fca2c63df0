// What loggers put before a line: a timestamp, a level, the place in the code.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "logscan/logscan.h"

namespace tidemark {

/// A logger's words for how bad a line is.
enum class Severity : std::uint8_t { unsaid, info, warning, error };

struct LineHead {
  Severity severity = Severity::unsaid;
  std::string_view text{};  // the line without labels, timestamp, level and place
};

/// Labels of ranks and collectors, timestamps of the usual formats, levels ("WARNING", "[W ...]",
/// "E1123 ..."), and "[file.py:12]" are taken off. What indents a line that has none of these
/// stays.
LineHead parse_line_head(std::string_view line);

/// Unix seconds of a timestamp at the head of `line`, behind labels and brackets: ISO 8601 with or
/// without zone, "12/31/2026 23:59:59", "2026/12/31 ...", "Thu Dec 31 23:59:59 2026". One without
/// a date or a year gives none.
std::optional<double> parse_timestamp(std::string_view line, std::int64_t utc_offset_seconds);

/// Length of the timestamp at the front of `text`, whether it has a date or not; 0: none.
std::size_t timestamp_length(std::string_view text);

}  // namespace tidemark
