// SQLite's result codes as errors of ours: what happened, to which file, and what to do about it.
#pragma once

#include <filesystem>
#include <string>

#include "core/result.h"

struct sqlite3;

namespace tidemark {

/// `code` as a call on `db` returned it (extended or not); `db` may be null when opening failed
/// early.
Error sqlite_error(sqlite3* db, int code, const std::filesystem::path& file);

/// An errno of our own calls on the database's file or folder, in the same words.
Error file_error(int error_number, const std::filesystem::path& file);

/// A path on one line, whatever it holds.
std::string printable(const std::filesystem::path& file);

}  // namespace tidemark
