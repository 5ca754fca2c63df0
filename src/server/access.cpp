#include "server/access.h"

#include <arpa/inet.h>

namespace tidemark {
namespace {

/// The time that it takes tells nothing of where the two differ.
bool is_same(std::string_view given, std::string_view secret) {
  unsigned difference = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i)
    difference |= static_cast<unsigned char>(given[i]) ^
                  static_cast<unsigned>(static_cast<unsigned char>(secret[i % secret.size()]));
  return difference == 0;
}

/// "name:port", "name", "[::1]:port"; the port is no part of the question.
std::string_view name_in(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool is_address(std::string_view name) {
  in6_addr place{};
  if (name.starts_with('[') && name.ends_with(']')) {
    const std::string inner{name.substr(1, name.size() - 2)};
    return ::inet_pton(AF_INET6, inner.c_str(), &place) == 1;
  }
  return ::inet_pton(AF_INET, std::string{name}.c_str(), &place) == 1;
}

std::string_view bearer_of(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  return authorization.starts_with(kScheme) ? authorization.substr(kScheme.size())
                                            : std::string_view{};
}

std::string_view cookie_of(std::string_view cookies) {
  while (!cookies.empty()) {
    auto pair = cookies.substr(0, cookies.find(';'));
    cookies.remove_prefix(std::min(pair.size() + 1, cookies.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.starts_with(kTokenCookie) && pair.substr(kTokenCookie.size()).starts_with('='))
      return pair.substr(kTokenCookie.size() + 1);
  }
  return {};
}

}  // namespace

bool is_own_host(std::string_view host, std::string_view named_host) {
  const auto name = name_in(host);
  return name == "localhost" || is_address(name) || (!named_host.empty() && name == named_host);
}

Verdict judge_access(const WebRequest& request, const AccessRules& rules) {
  if (!is_own_host(request.host, rules.named_host)) return Verdict::foreign;
  if (request.origin && *request.origin != "http://" + request.host) return Verdict::foreign;
  if (rules.token.empty()) return Verdict::allowed;
  const bool known = is_same(bearer_of(request.authorization), rules.token) ||
                     is_same(cookie_of(request.cookie), rules.token);
  return known ? Verdict::allowed : Verdict::no_token;
}

}  // namespace tidemark
