// What Tidemark knows of the programs that start trainers. Nothing outside knows their files.
#pragma once

#include <filesystem>
#include <optional>

namespace tidemark {

/// The ai-toolkit checkout that `folder` is in (itself or an ancestor), by its own files.
std::optional<std::filesystem::path> find_aitoolkit_checkout(const std::filesystem::path& folder);

/// Where the metrics of that checkout's jobs are kept: `aitk_db.db` itself once its schema.prisma
/// has our models, else `aitk_metrics.db` beside it. ai-toolkit pushes its schema at every start,
/// and a table that the schema does not know would keep its UI from starting.
std::optional<std::filesystem::path> aitoolkit_database(const std::filesystem::path& folder);

}  // namespace tidemark
