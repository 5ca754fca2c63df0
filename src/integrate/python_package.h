// Our Python package on this disk.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/result.h"

namespace tidemark {

/// Its files by their path inside the package's folder, without caches. Errors: those of reading.
Result<std::map<std::string, std::string>> read_python_package(
    const std::filesystem::path& package);

}  // namespace tidemark
