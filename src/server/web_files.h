// The files of the web UI: in the executable, or in a folder while it is developed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tidemark {

struct WebFile {
  std::shared_ptr<const std::string> bytes{};
  bool is_gzip = false;  // the bytes are a gzip member of the file's
  std::size_t size = 0;  // of the file itself
  std::string etag{};    // of the file, whichever form is sent
};

/// The file of this name ("index.html", "assets/index-1a2b.js"). Absent: there is none. Any thread
/// may ask.
using WebFiles = std::function<std::optional<WebFile>(std::string_view name)>;

/// What the build put into the executable. Empty function: nothing.
WebFiles embedded_web_files();
/// What a folder holds at the moment. Names are compared with those that the folder has: no path is
/// made of what a request says, and links that lead elsewhere are not followed.
WebFiles web_files_in(std::filesystem::path folder);

/// "text/javascript; charset=utf-8" for "x.js"; "application/octet-stream" for what is not known.
std::string_view type_of_file(std::string_view name);

/// As cmake/embed_web.cmake writes it; the bytes are a gzip member.
struct EmbeddedFile {
  std::string_view name{};
  std::span<const unsigned char> gzip{};
  std::size_t size = 0;
};
std::span<const EmbeddedFile> embedded_files();

}  // namespace tidemark
