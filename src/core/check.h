// Broken invariants of our own; never for input.
#pragma once

#include <source_location>

namespace tidemark {

/// Ends the process with `what` and the place when `holds` is false.
void check(bool holds, const char* what,
           std::source_location where = std::source_location::current());

}  // namespace tidemark
