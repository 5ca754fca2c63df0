// Changes to several files that are made together or not at all.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace tidemark {

/// What a file is to become. `before` is what was seen when that was decided; absent: no file.
struct FileChange {
  std::filesystem::path path{};
  std::optional<std::string> before{};
  std::optional<std::string> after{};  // absent: the file goes
  bool executable = false;             // of a new file
};

/// A regular file's bytes; absent: there is none. Errors: permission, io, unsupported (a link or
/// something else that is no file).
Result<std::optional<std::string>> read_whole_file(const std::filesystem::path& path);

/// Where a file's new content is prepared; a call that was killed may have left it there.
std::filesystem::path prepared_beside(const std::filesystem::path& path);

/// Writes all of it beside its places first, looks whether anything has changed since it was read,
/// then puts it into place; when that fails half-way, what was there comes back. Folders are made
/// as they are needed. A file that exists keeps its mode. Errors: busy (somebody else changed a
/// file meanwhile), permission, full, io.
Result<void> carry_out(const std::vector<FileChange>& changes);

/// Removes folders that are empty, innermost first; others stay.
void remove_empty_folders(const std::vector<std::filesystem::path>& folders);

}  // namespace tidemark
