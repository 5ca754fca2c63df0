// The web UI's files and the addresses at which it draws pages.
#include <fmt/format.h>

#include "server/compression.h"
#include "server/server.h"

namespace tidemark {
namespace {

// A file of the web UI that is unpacked for a client without gzip; each is far smaller.
constexpr std::size_t kMostFileBytes = std::size_t{64} << 20;

using Path = std::vector<std::string>;

/// The addresses that the web UI's own router knows.
bool is_page(const Path& path) {
  if (path.empty()) return true;
  if (path.size() == 1) return path[0] == "jobs" || path[0] == "compare";
  return path.size() == 2 && path[0] == "jobs";
}

std::string joined(const Path& path) {
  return fmt::format("{}", fmt::join(path, "/"));
}

/// What the build put under assets/ carries a hash of its bytes in its name.
bool is_hashed(const Path& path) {
  return path.size() >= 2 && path[0] == "assets";
}

WebResponse file_answer(const WebFile& file, const WebRequest& request) {
  WebResponse response{.body = file.bytes, .etag = file.etag, .by_encoding = true};
  const bool packed = accepts_gzip(request.accept_encoding);
  if (file.is_gzip && packed) {
    response.encoding = "gzip";
  } else if (file.is_gzip) {
    auto plain = gunzip(*file.bytes, kMostFileBytes);
    if (!plain) return failure_answer(plain.error());
    response.body = std::make_shared<const std::string>(std::move(*plain));
  }
  // One tag for each form of the bytes.
  if (packed) response.etag.insert(response.etag.size() - 1, "-gzip");
  if (!names_tag(request.if_none_match, response.etag)) return response;
  response.status = 304;
  response.body.reset();
  response.encoding.clear();
  return response;
}

}  // namespace

std::optional<WebResponse> Site::web_ui(const WebRequest& request) const {
  const auto& path = request.target.path;
  const bool taken = !path.empty() && (path[0] == "api" || path[0] == "metrics");
  if (!options_.web_files || taken || request.method == "POST") return std::nullopt;
  const auto name = is_page(path) ? std::string{"index.html"} : joined(path);
  const auto file = options_.web_files(name);
  if (!file) return std::nullopt;
  auto response = file_answer(*file, request);
  response.type = type_of_file(name);
  response.policy = PagePolicy::application;
  response.never_changes = is_hashed(path);
  return response;
}

}  // namespace tidemark
