// Folders and files that belong to this user alone, and are checked to.
#pragma once

#include <filesystem>

#include "core/result.h"
#include "os/unique_fd.h"

namespace tidemark {

/// The folder, open: made 0700 where `create` and it is missing (its parent must exist), and not a
/// link, ours, closed to others (what is ours and open to them is closed). Errors: not_found,
/// permission, io.
Result<UniqueFd> open_private_folder(const std::filesystem::path& folder, bool create);

/// A file for reading and writing: regular, not a link, ours. Errors: not_found, permission, io.
Result<UniqueFd> open_private_file(const std::filesystem::path& path);

}  // namespace tidemark
