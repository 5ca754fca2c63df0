// News of a run for somebody who is elsewhere: a POST of small JSON to a web hook.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"

namespace tidemark {

/// Texts are one line each; hostile parts (job names, exceptions) may be in them.
struct Notification {
  std::string title{};    // "my_lora died at step 40 of 300"
  std::string message{};  // the verdict
  std::string event{};    // "completed", "died", "memory_critical"
  std::string job{};
};

struct HttpRequest {
  std::string url{};
  std::string body{};
  std::vector<std::string> headers{};
  std::chrono::milliseconds connect_limit{5000};
  std::chrono::milliseconds whole_limit{10000};
};

/// Sends it and returns the status code. libcurl is loaded when it is first needed, by the name of
/// its ABI: nothing is linked, and a machine without it loses this and nothing else. Errors:
/// unsupported (no libcurl), io (curl's own words, which do not name the URL's path).
Result<int> http_post(const HttpRequest& request);

/// Errors: invalid, when it is no http:// or https:// address.
Result<void> check_notify_url(const std::string& url);

/// "https://hooks.slack.com/..." for messages: a web hook's path is its password.
std::string shown_url(const std::string& url);

/// The fields that ntfy (title, message), Slack (text) and Discord (content) read, and `event` and
/// `job` for programs. Texts are cut to 1500 bytes: Discord refuses more than 2000 characters.
std::string payload_of(const Notification& news);

/// What is sent to `url` for it. ntfy shows a JSON body as it is unless told to fill these
/// templates with it (docs.ntfy.sh/publish, "Inline templating"); the others pass over the headers.
HttpRequest request_for(const std::string& url, const Notification& news);

/// Sends in a thread of its own, one after another, each tried twice.
class Notifier {
 public:
  using Post = std::function<Result<int>(const HttpRequest&)>;
  /// `on_failure`: one line for people, from that thread. An empty `url`: nothing is ever sent.
  Notifier(std::string url, std::function<void(const std::string&)> on_failure,
           Post post = http_post);
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;
  /// As `finish`.
  ~Notifier();

  bool is_on() const { return state_ != nullptr; }
  /// Never waits. Of more than eight that wait the newest is dropped, and that is said.
  void send(Notification news);
  /// Waits, within the requests' own limits, until everything is sent or has failed.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemark
