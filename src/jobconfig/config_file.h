// Reading a file that somebody named on a command line: it may be anything.
#pragma once

#include <filesystem>
#include <string>

#include "core/result.h"

namespace tidemark {

/// The whole of a regular file of at most 16 MiB. Devices, FIFOs and folders are refused without
/// being read or waited for.
Result<std::string> read_config_file(const std::filesystem::path& file);

}  // namespace tidemark
