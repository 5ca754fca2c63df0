// A recorded run as a small JSON text, and the store it is put into. tests/golden/README.md has the
// format.
#pragma once

#include <filesystem>
#include <string>

#include "report/report.h"

namespace tidemark {

/// Puts the run of `input_file` into a fresh database in `folder` and builds its report from there,
/// as `tidemark report` does. Throws std::runtime_error on an input that is off: this is a test's
/// helper.
Report report_of_golden_run(const std::filesystem::path& input_file,
                            const std::filesystem::path& folder);

}  // namespace tidemark
