#include "server/answer_cache.h"

#include <fmt/format.h>

#include <functional>

#include "core/text.h"
#include "server/compression.h"

namespace tidemark {

std::string etag_of(std::string_view body) {
  return fmt::format("\"{:016x}\"", std::hash<std::string_view>{}(body));
}

bool names_tag(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    auto tag = trimmed(if_none_match.substr(0, if_none_match.find(',')));
    if_none_match.remove_prefix(std::min(if_none_match.find(','), if_none_match.size() - 1) + 1);
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag || tag == "*") return true;
  }
  return false;
}

Result<KeptAnswer> AnswerCache::get(const std::string& key, const std::string& state,
                                    const std::function<Result<std::string>()>& make) {
  return kept_.get(key, state, [&make]() -> Result<KeptAnswer> {
    auto made = make();
    if (!made) return std::unexpected(made.error());
    KeptAnswer answer{.etag = etag_of(*made)};
    answer.body = std::make_shared<const std::string>(std::move(*made));
    return answer;
  });
}

Result<KeptAnswer> AnswerCache::get_gzipped(const std::string& key, const std::string& state,
                                            const std::function<Result<std::string>()>& make) {
  return get(key + " gzip", state, [&]() -> Result<std::string> {
    const auto plain = get(key, state, make);
    if (!plain) return std::unexpected(plain.error());
    return gzip(*plain->body);
  });
}

}  // namespace tidemark
