// Who may ask, and which part answers.
#include "server/server.h"

#include <fmt/format.h>

#include <chrono>

#include "server/compression.h"
#include "server/query.h"

namespace tidemark {
namespace {

constexpr std::size_t kKeptAnswers = 64, kKeptReports = 8;
// A run that goes on is analysed anew at most this often, however many look at it.
constexpr double kLiveAnswerSeconds = 2;
// A database that is held for longer is said to be: the threads that answer are few.
constexpr std::chrono::milliseconds kBusyWait{1000};
// Below it a packet is a packet.
constexpr std::size_t kLeastCompressed = 1024;

bool is_compressible(const WebResponse& response) {
  return response.encoding.empty() && response.stream == nullptr && response.body != nullptr &&
         response.body->size() >= kLeastCompressed &&
         (response.type.starts_with("text/") || response.type.starts_with("application/json") ||
          response.type.starts_with("application/openmetrics"));
}

/// Answers that are not kept are compressed as they go.
WebResponse compressed(WebResponse response, const WebRequest& request) {
  if (!is_compressible(response)) return response;
  response.by_encoding = true;
  if (!accepts_gzip(request.accept_encoding)) return response;
  response.body = std::make_shared<const std::string>(gzip(*response.body));
  response.encoding = "gzip";
  return response;
}

}  // namespace

Site::Site(SiteOptions options)
    : options_(std::move(options)),
      answers_(kKeptAnswers),
      reports_(kKeptReports),
      streams_(options_.most_streams, options_.most_queued_bytes) {}

WebResponse Site::answer(const WebRequest& request) {
  if (!is_own_host(request.host, options_.access.named_host))
    return error_answer(403, "this server is not asked by that name");
  const auto& path = request.target.path;
  if (path.size() == 1 && path[0] == "open") return open_page(request);
  switch (judge_access(request, options_.access)) {
    case Verdict::foreign:
      return error_answer(403, "the request comes from another site");
    case Verdict::no_token:
      return error_answer(
          401,
          "the token is missing or wrong: open the address that `tidemark serve` printed, or "
          "send `Authorization: Bearer TOKEN`");
    case Verdict::allowed:
      return compressed(route(request), request);
  }
  return error_answer(500, "no verdict");
}

/// As Jupyter does it: the address that was printed opens the page once and leaves a cookie; what
/// stays in a browser's history opens nothing.
WebResponse Site::open_page(const WebRequest& request) {
  const auto* ticket = request.target.find("ticket");
  const bool right = ticket != nullptr && !options_.ticket.empty() && *ticket == options_.ticket;
  if (!right || ticket_used_.exchange(true))
    return error_answer(
        401, "this address is used up: start the server anew, or send the token from its file");
  WebResponse response{.status = 303, .type = "text/plain", .location = "/jobs"};
  response.set_cookie =
      fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict", kTokenCookie, options_.access.token);
  return response;
}

Result<Store> Site::open_store() const {
  return Store::open(options_.database,
                     {.read_only = true, .create = false, .busy_wait = kBusyWait});
}

WebResponse Site::route(const WebRequest& request) {
  if (request.method != "GET" && request.method != "HEAD" && request.method != "POST")
    return error_answer(405, "GET and POST are what this server knows");
  if (auto file = web_ui(request)) return *std::move(file);
  const auto& path = request.target.path;
  if (path.empty()) return {.status = 303, .type = "text/plain", .location = "/jobs"};
  auto store = open_store();
  if (!store) return failure_answer(store.error());
  if (path.size() == 1 && path[0] == "jobs") return job_list_page(*store);
  if (path.size() == 1 && path[0] == "metrics") return metrics(*store);
  const bool of_api = path.size() >= 2 && path[0] == "api";
  if (of_api && path.size() == 2 && path[1] == "jobs") return jobs(*store);
  if (of_api && path.size() == 2 && path[1] == "diff") return diff(*store, request);
  const bool of_page = path[0] == "jobs" && (path.size() == 2 || path.size() == 3);
  const bool of_job = of_api && path.size() == 4 && path[1] == "jobs";
  if (of_page || of_job) return route_job(*store, request);
  return error_answer(404, "there is nothing under this address");
}

WebResponse Site::route_job(Store& store, const WebRequest& request) {
  const auto& path = request.target.path;
  const bool of_page = path[0] == "jobs";
  const std::string& job = of_page ? path[1] : path[2];
  if (!of_page && path[3] == "runs") return runs(store, job);
  const auto number = number_in<std::int64_t>(request.target, "run", 1, 1'000'000'000);
  if (!number) return failure_answer(number.error());
  const auto run = store.run(job, *number);
  if (!run) return failure_answer(run.error());
  if (!of_page) return route_run(store, *run, request);
  if (path.size() == 2 || path[2] == "report") return report_page(store, *run, request);
  return error_answer(404, "there is nothing under this address");
}

WebResponse Site::route_run(Store& store, const StoredRun& run, const WebRequest& request) {
  const auto& what = request.target.path[3];
  const bool posted = request.method == "POST";
  if (what == "analysis") return analysis(store, run, request);
  if (what == "config") return config(store, run, request);
  if (what == "whatif")
    return posted ? whatif(store, run, request) : error_answer(405, "a question is a POST");
  if (what == "timeline" || what == "steps") return series(store, run, request);
  if (what == "stream") return stream(store, run, request);
  return error_answer(404, "there is nothing under this address");
}

RunStatus Site::status(const StoredRun& run) const {
  const auto unended = options_.unended(run);
  return status_of(unended ? exit_without_end(*unended).kind : run.end->exit.kind);
}

/// What an answer about the run was made of: it changes when the run does, for a run that goes on
/// with time.
std::string Site::state_of(const StoredRun& run) const {
  if (run.end) return fmt::format("ended {} {}", run.end->unix_seconds, analysed_again_.load());
  const auto unended = options_.unended(run);
  const bool goes_on = unended == Unended::recording || unended == Unended::unwatched;
  if (!goes_on) return "lost";
  return fmt::format("live {}",
                     static_cast<std::int64_t>(options_.unix_now() / kLiveAnswerSeconds));
}

WebResponse Site::kept(const std::string& key, const StoredRun& run, const WebRequest& request,
                       const std::function<Result<std::string>()>& make) {
  const bool packed = accepts_gzip(request.accept_encoding);
  const auto answer = packed ? answers_.get_gzipped(key, state_of(run), make)
                             : answers_.get(key, state_of(run), make);
  if (!answer) return failure_answer(answer.error());
  WebResponse response{.body = answer->body,
                       .etag = answer->etag,
                       .encoding = packed ? "gzip" : "",
                       .by_encoding = true};
  if (names_tag(request.if_none_match, answer->etag)) {
    response.status = 304;
    response.body.reset();
    response.encoding.clear();
  }
  return response;
}

void Site::send_news() {
  auto store = open_store();
  if (!store) return;
  streams_.send_news(
      *store, [this](const StoredRun& run) { return status(run); }, options_.unix_now());
}

}  // namespace tidemark
