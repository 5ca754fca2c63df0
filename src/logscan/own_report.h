// Tidemark's own words in a log: `tidemark run ... > log.txt 2>&1` puts its short report behind the
// trainer's output.
#pragma once

#include <string_view>

namespace tidemark {

/// The report's verdict, and the line that says how the run ended: both repeat the error that the
/// log has told already.
bool is_own_report_line(std::string_view line);

}  // namespace tidemark
