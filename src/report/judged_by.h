// Which code made a stored report: what another version said is not what this one would. Private to
// report.
#pragma once

#include <string_view>

namespace tidemark {

/// The version, and a hash of the sources that a report is made by (cmake/judged_by.cmake): a
/// version alone would not tell two builds of a checkout apart.
std::string_view judged_by();

}  // namespace tidemark
