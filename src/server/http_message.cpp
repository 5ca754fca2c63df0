#include "server/http_message.h"

#include <nlohmann/json.hpp>

namespace tidemark {
namespace {

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

/// Absent: a broken escape, or a NUL byte, which no name has.
std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const auto high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (!high || !low) return std::nullopt;
      c = static_cast<char>(*high * 16 + *low);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    plain += c;
  }
  return plain;
}

bool split_path(std::string_view path, std::vector<std::string>& segments) {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto end = std::min(path.find('/'), path.size());
    auto segment = decoded(path.substr(0, end));
    if (!segment) return false;
    if (!segment->empty()) segments.push_back(std::move(*segment));
    path.remove_prefix(end);
  }
  return true;
}

bool split_query(std::string_view query, HttpTarget& target) {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = decoded(pair.substr(0, equals));
    auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) return false;
    target.query.emplace_back(std::move(*name), std::move(*value));
  }
  return true;
}

}  // namespace

const std::string* HttpTarget::find(std::string_view name) const {
  for (const auto& [known, value] : query)
    if (known == name) return &value;
  return nullptr;
}

std::optional<HttpTarget> parse_target(std::string_view target) {
  if (!target.starts_with('/')) return std::nullopt;
  target = target.substr(0, target.find('#'));
  const auto mark = std::min(target.find('?'), target.size());
  HttpTarget parsed;
  if (!split_path(target.substr(0, mark), parsed.path)) return std::nullopt;
  if (!split_query(target.substr(std::min(mark + 1, target.size())), parsed)) return std::nullopt;
  return parsed;
}

WebResponse json_answer(std::string body) {
  return {.body = std::make_shared<const std::string>(std::move(body))};
}

WebResponse error_answer(int status, std::string_view what) {
  const nlohmann::json answer{{"error", what}};
  auto response =
      json_answer(answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  response.status = status;
  return response;
}

WebResponse failure_answer(const Error& error) {
  switch (error.code) {
    case Errc::not_found:
      return error_answer(404, error.message);
    case Errc::invalid:
      return error_answer(400, error.message);
    case Errc::busy:
      return error_answer(503, error.message);
    default:
      return error_answer(500, error.message);
  }
}

}  // namespace tidemark
