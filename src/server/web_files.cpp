#include "server/web_files.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>

#include "server/answer_cache.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> bytes_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream bytes;
  if (!in || !(bytes << in.rdbuf())) return std::nullopt;
  return std::move(bytes).str();
}

/// What `folder` itself holds under this name; absent: nothing, or a link.
std::optional<fs::directory_entry> entry_of(const fs::path& folder, std::string_view name) {
  std::error_code error;
  for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error))
    if (at->path().filename().string() == name)
      return at->is_symlink(error) ? std::nullopt : std::optional{*at};
  return std::nullopt;
}

/// Down by what each folder lists: the folders on the way are looked at, not all that lies below.
std::optional<fs::path> file_below(fs::path folder, std::string_view name) {
  std::error_code error;
  for (;;) {
    const auto slash = name.find('/');
    const auto entry = entry_of(folder, name.substr(0, slash));
    if (!entry) return std::nullopt;
    folder = entry->path();
    if (slash == std::string_view::npos)
      return entry->is_regular_file(error) ? std::optional{folder} : std::nullopt;
    name.remove_prefix(slash + 1);
  }
}

}  // namespace

WebFiles embedded_web_files() {
  if (embedded_files().empty()) return {};
  std::map<std::string_view, WebFile> files;
  for (const auto& file : embedded_files()) {
    std::string bytes{file.gzip.begin(), file.gzip.end()};
    auto etag = etag_of(bytes);
    files[file.name] = {.bytes = std::make_shared<const std::string>(std::move(bytes)),
                        .is_gzip = true,
                        .size = file.size,
                        .etag = std::move(etag)};
  }
  return [files = std::move(files)](std::string_view name) -> std::optional<WebFile> {
    const auto found = files.find(name);
    return found == files.end() ? std::nullopt : std::optional{found->second};
  };
}

WebFiles web_files_in(fs::path folder) {
  return [folder = std::move(folder)](std::string_view name) -> std::optional<WebFile> {
    const auto found = file_below(folder, name);
    auto bytes = found ? bytes_of(*found) : std::nullopt;
    if (!bytes) return std::nullopt;
    WebFile file{.size = bytes->size(), .etag = etag_of(*bytes)};
    file.bytes = std::make_shared<const std::string>(std::move(*bytes));
    return file;
  };
}

std::string_view type_of_file(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".txt", "text/plain; charset=utf-8"},
  };
  const auto* const found =
      std::ranges::find_if(kTypes, [name](const auto& type) { return name.ends_with(type.first); });
  return found == std::end(kTypes) ? "application/octet-stream" : found->second;
}

}  // namespace tidemark
