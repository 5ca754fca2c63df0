// Where an integrated checkout's rows are kept, and their way from one place to the other.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/result.h"

namespace tidemark {

/// Takes in what dead monitors left, then moves everything. Nothing is done, and 0 returned, where
/// `from` has no table of ours. Errors: busy (a run is being recorded there, or another program
/// holds a file for long), those of the store.
Result<std::int64_t> bring_rows(const std::filesystem::path& from, const std::filesystem::path& to);

/// What git's hooks and the watcher ask for: puts back what was lost of an integration, and where
/// the schema can no longer have our models, moves the rows out, so that ai-toolkit starts. Nothing
/// where nothing was integrated. Errors: busy (a run is being recorded), those of planning.
Result<void> repair_integration(const std::filesystem::path& checkout);

}  // namespace tidemark
