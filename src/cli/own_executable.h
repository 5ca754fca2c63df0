// This program, to be started again.
#pragma once

#include <string>

namespace tidemark {

/// The real path, so that ps shows the name; where that is gone (an update replaced it), the
/// kernel's link to what runs.
std::string own_executable();

}  // namespace tidemark
