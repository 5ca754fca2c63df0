#include <fstream>
#include <iterator>
#include <string>

#include "clients/clients.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

bool is_checkout(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "run.py", ignored) &&
         fs::is_directory(folder / "toolkit", ignored) &&
         fs::is_directory(folder / "extensions_built_in", ignored);
}

bool schema_has_our_models(const fs::path& checkout) {
  std::ifstream schema{checkout / "ui" / "prisma" / "schema.prisma"};
  const std::string text{std::istreambuf_iterator<char>{schema}, std::istreambuf_iterator<char>{}};
  return text.find("model MetricsSample ") != std::string::npos &&
         text.find("model TidemarkRun ") != std::string::npos;
}

constexpr auto kNote = ".tidemark_database";

/// Where a watcher was told to keep its rows; one line.
std::optional<fs::path> remembered_database(const fs::path& checkout) {
  std::ifstream note{checkout / kNote};
  std::string line;
  if (!std::getline(note, line) || !line.starts_with('/')) return std::nullopt;
  return fs::path{line};
}

fs::path default_database(const fs::path& checkout) {
  return schema_has_our_models(checkout) ? aitoolkit_job_table(checkout)
                                         : aitoolkit_separate_database(checkout);
}

}  // namespace

std::optional<fs::path> find_aitoolkit_checkout(const fs::path& folder) {
  for (auto at = folder.lexically_normal();; at = at.parent_path()) {
    if (is_checkout(at)) return at;
    if (!at.has_relative_path()) return std::nullopt;
  }
}

std::optional<fs::path> aitoolkit_database(const fs::path& folder) {
  const auto checkout = find_aitoolkit_checkout(folder);
  if (!checkout) return std::nullopt;
  if (auto told = remembered_database(*checkout)) return told;
  return default_database(*checkout);
}

Result<void> remember_aitoolkit_database(const fs::path& checkout, const fs::path& database) {
  const auto note = checkout / kNote;
  std::error_code failed;
  if (database == default_database(checkout)) {
    fs::remove(note, failed);
    if (!failed) return {};
    return fail(Errc::io, note.string() + ": cannot be removed: " + failed.message());
  }
  if (remembered_database(checkout) == database) return {};
  std::ofstream file{note, std::ios::trunc};
  file << database.string() << '\n';
  file.close();
  if (file) return {};
  return fail(Errc::permission, note.string() +
                                    ": cannot be written, so later commands here need "
                                    "--db " +
                                    database.string());
}

// A folder of that name is there to be mounted: of a database in a container that has no volume
// around it nothing is left, and a single mounted file has no room for SQLite's files beside it.
fs::path aitoolkit_separate_database(const fs::path& checkout) {
  std::error_code ignored;
  if (fs::is_directory(checkout / "aitk_metrics", ignored))
    return checkout / "aitk_metrics" / "aitk_metrics.db";
  return checkout / "aitk_metrics.db";
}

fs::path aitoolkit_job_table(const fs::path& checkout) {
  return checkout / "aitk_db.db";
}

}  // namespace tidemark
