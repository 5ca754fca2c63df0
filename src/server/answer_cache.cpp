#include "server/answer_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>

namespace tidemark {

std::string etag_of(std::string_view body) {
  return fmt::format("\"{:016x}\"", std::hash<std::string_view>{}(body));
}

std::optional<KeptAnswer> AnswerCache::find(const std::string& key, const std::string& state) {
  const std::lock_guard guard{lock_};
  const auto at = std::ranges::find(entries_, key, &Entry::key);
  if (at == entries_.end() || at->state != state) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, at);
  return at->answer;
}

Result<KeptAnswer> AnswerCache::get(const std::string& key, const std::string& state,
                                    const std::function<Result<std::string>()>& make) {
  if (auto kept = find(key, state)) return *kept;
  auto made = make();
  if (!made) return std::unexpected(made.error());
  KeptAnswer answer{.etag = etag_of(*made)};
  answer.body = std::make_shared<const std::string>(std::move(*made));
  const std::lock_guard guard{lock_};
  std::erase_if(entries_, [&key](const Entry& entry) { return entry.key == key; });
  entries_.push_front({key, state, answer});
  if (entries_.size() > most_) entries_.pop_back();
  return answer;
}

}  // namespace tidemark
