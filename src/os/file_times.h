// When a file was written.
#pragma once

#include <filesystem>
#include <optional>

namespace tidemark {

/// In unix seconds, to the resolution of the file system. Absent: there is no such file, or it
/// cannot be asked.
std::optional<double> modified_at(const std::filesystem::path& file);

}  // namespace tidemark
