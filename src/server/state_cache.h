// What costs much to make, kept while what it was made of stands.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "core/result.h"

namespace tidemark {

template <class Value>
class StateCache {
 public:
  explicit StateCache(std::size_t most) : most_(most) {}

  /// The value under `key` as long as its `state` is this one; else it is made. Two that ask at
  /// once may both make it: neither waits for the other.
  Result<Value> get(const std::string& key, const std::string& state,
                    const std::function<Result<Value>()>& make) {
    if (auto kept = find(key, state)) return *kept;
    auto made = make();
    if (!made) return made;
    const std::lock_guard guard{lock_};
    std::erase_if(entries_, [&key](const Entry& entry) { return entry.key == key; });
    entries_.push_front({key, state, *made});
    if (entries_.size() > most_) entries_.pop_back();
    return made;
  }

 private:
  struct Entry {
    std::string key{}, state{};
    Value value{};
  };

  std::optional<Value> find(const std::string& key, const std::string& state) {
    const std::lock_guard guard{lock_};
    const auto at = std::ranges::find(entries_, key, &Entry::key);
    if (at == entries_.end() || at->state != state) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, at);
    return at->value;
  }

  std::size_t most_;
  std::mutex lock_{};
  std::list<Entry> entries_{};  // the one that was asked for last comes first
};

}  // namespace tidemark
