// Answers that cost much to make, kept while what they were made of stands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/result.h"

namespace tidemark {

struct KeptAnswer {
  std::shared_ptr<const std::string> body{};
  std::string etag{};
};

class AnswerCache {
 public:
  explicit AnswerCache(std::size_t most) : most_(most) {}

  /// The answer under `key` as long as its `state` is this one; else it is made. Two that ask at
  /// once may both make it: neither waits for the other.
  Result<KeptAnswer> get(const std::string& key, const std::string& state,
                         const std::function<Result<std::string>()>& make);

 private:
  struct Entry {
    std::string key{}, state{};
    KeptAnswer answer{};
  };
  std::optional<KeptAnswer> find(const std::string& key, const std::string& state);

  std::size_t most_;
  std::mutex lock_{};
  std::list<Entry> entries_{};  // the one that was asked for last comes first
};

/// An entity tag of the bytes (RFC 9110, 8.8.3).
std::string etag_of(std::string_view body);

}  // namespace tidemark
