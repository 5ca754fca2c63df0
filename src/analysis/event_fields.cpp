#include "analysis/event_fields.h"

#include <algorithm>
#include <charconv>

namespace tidemark {
namespace {

/// What stands after `"key":`, white space skipped; empty: no such key.
std::string_view value_after(std::string_view json, std::string_view key) {
  for (auto at = json.find(key); at != std::string_view::npos; at = json.find(key, at + 1)) {
    const auto after = at + key.size();
    if (at == 0 || json[at - 1] != '"' || after >= json.size() || json[after] != '"') continue;
    auto rest = json.substr(after + 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (!rest.starts_with(':')) continue;
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    return rest;
  }
  return {};
}

}  // namespace

std::optional<std::int64_t> whole_number_at(std::string_view json, std::string_view key) {
  const auto text = value_after(json, key);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  if (end != text.data() + text.size() && (*end == '.' || *end == 'e' || *end == 'E'))
    return std::nullopt;
  return value;
}

std::string_view text_at(std::string_view json, std::string_view key) {
  const auto text = value_after(json, key);
  if (!text.starts_with('"')) return {};
  const auto end = text.find('"', 1);
  return end == std::string_view::npos ? std::string_view{} : text.substr(1, end - 1);
}

}  // namespace tidemark
