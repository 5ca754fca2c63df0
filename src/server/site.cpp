#include <fmt/format.h>

#include <chrono>

#include <nlohmann/json.hpp>

#include "server/query.h"
#include "server/server.h"

namespace tidemark {
namespace {

constexpr std::size_t kKeptAnswers = 64;
// A run that goes on is analysed anew at most this often, however many look at it.
constexpr double kLiveAnswerSeconds = 2;
// A database that is held for longer is said to be: the threads that answer are few.
constexpr std::chrono::milliseconds kBusyWait{1000};
constexpr std::size_t kDefaultPoints = 1000, kMostPoints = 20'000;

bool is_post(const WebRequest& request) {
  return request.method == "POST";
}

Result<SeriesWindow> window_in(const HttpTarget& target) {
  constexpr double kFar = 1e12;
  SeriesWindow window;
  const auto from = number_in<double>(target, "from", -kFar, kFar);
  if (!from) return std::unexpected(from.error());
  const auto to = number_in<double>(target, "to", -kFar, kFar);
  if (!to) return std::unexpected(to.error());
  const auto points = number_in<std::size_t>(target, "points", 2, kMostPoints);
  if (!points) return std::unexpected(points.error());
  window.from = *from;
  window.to = *to;
  window.points = points->value_or(kDefaultPoints);
  return window;
}

}  // namespace

Site::Site(SiteOptions options) : options_(std::move(options)), answers_(kKeptAnswers) {}

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
      return route(request);
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

WebResponse Site::route(const WebRequest& request) {
  if (request.method != "GET" && request.method != "HEAD" && !is_post(request))
    return error_answer(405, "GET and POST are what this server knows");
  const auto& path = request.target.path;
  if (path.empty()) return {.status = 303, .type = "text/plain", .location = "/jobs"};
  auto store =
      Store::open(options_.database, {.read_only = true, .create = false, .busy_wait = kBusyWait});
  if (!store) return failure_answer(store.error());
  const bool of_jobs = path.size() == 1 && path[0] == "jobs";
  if (of_jobs) return job_list_page(*store);
  if (path.size() == 1 && path[0] == "metrics") return metrics(*store);
  if (path.size() == 2 && path[0] == "api" && path[1] == "jobs") return jobs(*store);
  const bool of_page = path.size() == 2 && path[0] == "jobs";
  const bool of_api = path.size() == 4 && path[0] == "api" && path[1] == "jobs";
  if (of_page || of_api) return route_job(*store, request);
  return error_answer(404, "there is nothing under this address");
}

WebResponse Site::route_job(Store& store, const WebRequest& request) {
  const auto& path = request.target.path;
  const bool of_page = path.size() == 2;
  const std::string& job = of_page ? path[1] : path[2];
  const std::string what = of_page ? "page" : path[3];
  if (what == "runs") return runs(store, job);
  const auto number = number_in<std::int64_t>(request.target, "run", 1, 1'000'000'000);
  if (!number) return failure_answer(number.error());
  const auto run = store.run(job, *number);
  if (!run) return failure_answer(run.error());
  if (what == "page") return report_page(store, *run, request);
  if (what == "analysis") return analysis(store, *run, request);
  if (what != "timeline" && what != "steps")
    return error_answer(404, "there is nothing under this address");
  const auto window = window_in(request.target);
  if (!window) return failure_answer(window.error());
  auto columns = what == "steps" ? steps_json(store, run->key, *window)
                                 : timeline_json(store, run->key, *window);
  return columns ? json_answer(std::move(*columns)) : failure_answer(columns.error());
}

RunStatus Site::status(const StoredRun& run) const {
  const auto unended = options_.unended(run);
  return status_of(unended ? exit_without_end(*unended).kind : run.end->exit.kind);
}

/// What an answer about the run was made of: it changes when the run does, for a run that goes on
/// with time.
std::string Site::state_of(const StoredRun& run) const {
  if (run.end) return fmt::format("ended {}", run.end->unix_seconds);
  const auto unended = options_.unended(run);
  const bool goes_on = unended == Unended::recording || unended == Unended::unwatched;
  if (!goes_on) return "lost";
  return fmt::format("live {}",
                     static_cast<std::int64_t>(options_.unix_now() / kLiveAnswerSeconds));
}

WebResponse Site::kept(const std::string& key, const StoredRun& run, const WebRequest& request,
                       const std::function<Result<std::string>()>& make) {
  const auto answer = answers_.get(key, state_of(run), make);
  if (!answer) return failure_answer(answer.error());
  WebResponse response{.body = answer->body, .etag = answer->etag};
  if (request.if_none_match == answer->etag) {
    response.status = 304;
    response.body.reset();
  }
  return response;
}

WebResponse Site::analysis(Store& store, const StoredRun& run, const WebRequest& request) {
  const auto points = number_in<std::size_t>(request.target, "points", 2, kMostPoints);
  if (!points) return failure_answer(points.error());
  const ReportOptions wanted{.timeline_points = points->value_or(kDefaultPoints),
                             .unended = options_.unended(run).value_or(Unended::lost)};
  const auto make = [&]() -> Result<std::string> {
    const auto report = build_report(store, run, wanted);
    if (!report) return std::unexpected(report.error());
    if (is_post(request)) {  // a database that cannot be written answers all the same
      auto writable = Store::open(options_.database, {.create = false, .busy_wait = kBusyWait});
      if (writable) (void)writable->save_report(run.key, to_stored(*report, options_.unix_now()));
    }
    return report_json(*report);
  };
  if (is_post(request)) {
    auto answer = make();
    return answer ? json_answer(std::move(*answer)) : failure_answer(answer.error());
  }
  return kept(fmt::format("analysis {} {} {}", run.key.id, run.key.job_id, wanted.timeline_points),
              run, request, make);
}

WebResponse Site::report_page(Store& store, const StoredRun& run, const WebRequest& request) {
  auto response =
      kept(fmt::format("page {} {}", run.key.id, run.key.job_id), run, request,
           [&]() -> Result<std::string> {
             const auto report = build_report(
                 store, run, {.unended = options_.unended(run).value_or(Unended::lost)});
             if (!report) return std::unexpected(report.error());
             return report_html(*report);
           });
  if (response.status == 200) response.type = "text/html; charset=utf-8";
  return response;
}

}  // namespace tidemark
