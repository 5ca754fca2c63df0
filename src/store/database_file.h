// The database as a file: where it may be, who may read it. Never opens an existing one: closing
// any descriptor of a file drops all POSIX locks this process has on it (fcntl(2)), and with them
// those of another Store.
#pragma once

#include <filesystem>

#include "core/result.h"

namespace tidemark {

/// Makes the missing folders (0700) and the missing file (0600, empty). SQLite gives its sidecar
/// files
/// (-wal, -shm, -journal) the mode of the database. What exists already is left as it is.
Result<void> make_database_file(const std::filesystem::path& file);

/// An error where there is no regular file: not_found, permission, or corrupt for a folder or
/// device.
Result<void> require_database_file(const std::filesystem::path& file);

}  // namespace tidemark
