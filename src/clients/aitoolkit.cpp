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
  return *checkout / (schema_has_our_models(*checkout) ? "aitk_db.db" : "aitk_metrics.db");
}

}  // namespace tidemark
