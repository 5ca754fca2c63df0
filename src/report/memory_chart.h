// The timeline of the limiting pool as an SVG picture. Private to report.
#pragma once

#include <string>

#include "report/report.h"

namespace tidemark {

/// The pool's use, the main process and the workers over time, the limit as a line, phases that
/// interrupt training as bands. Empty: fewer than two samples.
std::string memory_chart(const Report& report);

}  // namespace tidemark
