#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "notify/notify.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostText = 1500;

std::string cut(std::string_view text) {
  if (text.size() <= kMostText) return std::string{text};
  auto end = kMostText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string{text.substr(0, end)} + "...";
}

}  // namespace

Result<void> check_notify_url(const std::string& url) {
  const bool web = url.starts_with("https://") || url.starts_with("http://");
  const bool plain = std::ranges::none_of(
      url, [](const char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
  if (web && plain && url.size() > std::string_view{"https://"}.size()) return {};
  return fail(Errc::invalid, "--notify: an http:// or https:// address is expected");
}

std::string shown_url(const std::string& url) {
  const auto host = url.find("://");
  if (host == std::string::npos) return "the web hook";
  const auto path = url.find_first_of("/?#", host + 3);
  const auto shown = url.substr(0, path);
  const auto user = shown.rfind('@');  // a password may stand before it
  const auto safe =
      user == std::string::npos ? shown : url.substr(0, host + 3) + shown.substr(user + 1);
  return path == std::string::npos ? safe : safe + "/...";
}

std::string payload_of(const Notification& news) {
  const auto title = cut(news.title);
  const auto message = cut(news.message);
  const auto both = cut(message.empty() ? title : title + "\n" + message);
  return nlohmann::json{{"title", title},      {"message", message.empty() ? title : message},
                        {"text", both},        {"content", both},
                        {"event", news.event}, {"job", news.job}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

HttpRequest request_for(const std::string& url, const Notification& news) {
  return {.url = url,
          .body = payload_of(news),
          .headers = {"Content-Type: application/json", "X-Template: yes", "X-Title: {{.title}}",
                      "X-Message: {{.message}}"}};
}

}  // namespace tidemark
