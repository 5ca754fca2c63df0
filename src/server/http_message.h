// A request and its answer as values: whoever answers knows no socket.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace tidemark {

class EventStream;

/// A request's target, its percent-encoding undone.
struct HttpTarget {
  std::vector<std::string> path{};  // segments, empty ones left out
  std::vector<std::pair<std::string, std::string>> query{};

  /// The first value of this name. Null: it is not there.
  const std::string* find(std::string_view name) const;
};

/// Absent: no origin-form target (RFC 9112, 3.2.1), a broken percent-encoding, a NUL byte.
std::optional<HttpTarget> parse_target(std::string_view target);

struct WebRequest {
  std::string method{};  // "GET"
  HttpTarget target{};
  std::string host{};                   // the Host field; empty: there was none
  std::optional<std::string> origin{};  // the Origin field
  std::string authorization{};
  std::string cookie{};
  std::string if_none_match{};
  std::string accept_encoding{};
  std::string last_event_id{};  // of a stream that is gone on with
  std::string body{};
};

/// What a browser lets the answer do (Content-Security-Policy).
enum class PagePolicy {
  document,     // a page without script: loads nothing, runs nothing
  application,  // the web UI: its own files alone
};

struct WebResponse {
  int status = 200;
  std::string type = "application/json";
  std::shared_ptr<const std::string> body{};  // null: empty
  std::string etag{};                         // with its quotes; empty: none
  std::string location{};                     // of a redirection
  std::string set_cookie{};
  std::string encoding{};    // "gzip"; empty: none
  bool by_encoding = false;  // another Accept-Encoding may get other bytes
  bool never_changes = false;
  PagePolicy policy = PagePolicy::document;
  std::string download_name{};            // a file that is to be saved; empty: it is shown
  std::shared_ptr<EventStream> stream{};  // what follows as it comes, in place of `body`
};

WebResponse json_answer(std::string body);
/// {"error": what}
WebResponse error_answer(int status, std::string_view what);
/// With the status that the error's code means.
WebResponse failure_answer(const Error& error);

}  // namespace tidemark
