// Which database a command means.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace tidemark {

/// Reads one environment variable; tests pass their own.
using Environment = std::function<std::optional<std::string>(const std::string&)>;
Environment process_environment();

/// The user's data folder, "tidemark" in it. Absent: the environment names none.
std::optional<std::filesystem::path> data_folder(const Environment& environment);

/// `--db`, else $TIDEMARK_DB, else ai-toolkit's where the working directory is inside a checkout,
/// else tidemark.db in the user's data folder. Absolute.
Result<std::filesystem::path> locate_database(const std::string& option,
                                              const Environment& environment,
                                              const std::filesystem::path& working_directory);

/// Where rows go when that one refuses them for good: the user's data folder, then a tmpfs.
std::vector<std::filesystem::path> rescue_databases(const std::filesystem::path& wanted,
                                                    const Environment& environment);

}  // namespace tidemark
