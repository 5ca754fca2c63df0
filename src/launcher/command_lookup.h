// Finds out before the fork what exec would say, so that nobody is told of a trainer that never
// was.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace tidemark {

/// Whether execvp(3) would find something to run: by `path_variable` (the value of PATH) where
/// `command` has no slash. not_found or permission otherwise; exec itself has the last word.
Result<void> find_command(const std::string& command, std::string_view path_variable);

/// The Error for an exec that failed; not_found or permission, as the exit codes 127 and 126.
Error exec_error(int error_number, const std::string& command);

}  // namespace tidemark
