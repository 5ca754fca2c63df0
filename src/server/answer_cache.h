// Answers that cost much to make, kept while what they were made of stands.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/state_cache.h"

namespace tidemark {

struct KeptAnswer {
  std::shared_ptr<const std::string> body{};
  std::string etag{};
};

class AnswerCache {
 public:
  explicit AnswerCache(std::size_t most) : kept_(most) {}

  /// The answer under `key` as long as its `state` is this one; else it is made.
  Result<KeptAnswer> get(const std::string& key, const std::string& state,
                         const std::function<Result<std::string>()>& make);

  /// The same in gzip, with a tag of its own (RFC 9110, 8.8.3.3); compressed once.
  Result<KeptAnswer> get_gzipped(const std::string& key, const std::string& state,
                                 const std::function<Result<std::string>()>& make);

 private:
  StateCache<KeptAnswer> kept_;
};

/// An entity tag of the bytes (RFC 9110, 8.8.3).
std::string etag_of(std::string_view body);

/// Whether an If-None-Match field names the tag, weakly (RFC 9110, 13.1.2): a list of tags, or "*".
bool names_tag(std::string_view if_none_match, std::string_view etag);

}  // namespace tidemark
