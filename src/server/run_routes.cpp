// What was recorded of a run: its analysis, its series, its news.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "server/query.h"
#include "server/server.h"

namespace tidemark {
namespace {

constexpr std::size_t kDefaultPoints = 1000, kMostPoints = 20'000;
constexpr double kFar = 1e12;  // unix seconds

Result<SeriesWindow> window_in(const HttpTarget& target) {
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

/// Where a reader that was here before goes on; absent: it was not.
std::optional<RowMark> mark_in(const WebRequest& request) {
  if (auto mark = parse_row_mark(request.last_event_id)) return mark;
  const auto* after = request.target.find("after");
  return after != nullptr ? parse_row_mark(*after) : std::nullopt;
}

}  // namespace

WebResponse Site::analysis(Store& store, const StoredRun& run, const WebRequest& request) {
  const auto points = number_in<std::size_t>(request.target, "points", 2, kMostPoints);
  if (!points) return failure_answer(points.error());
  const ReportOptions wanted{.timeline_points = points->value_or(kDefaultPoints),
                             .unended = options_.unended(run).value_or(Unended::lost)};
  const bool anew = request.method == "POST";
  const auto make = [&]() -> Result<std::string> {
    if (!anew) {
      auto stored = stored_report_json(store, run, wanted.timeline_points);
      if (!stored) return std::unexpected(stored.error());
      if (*stored) return *std::move(*stored);
    }
    const auto report = build_report(store, run, wanted);
    if (!report) return std::unexpected(report.error());
    if (anew && run.end) {  // a database that cannot be written answers all the same
      auto writable = Store::open(options_.database, {.create = false});
      if (writable) (void)writable->save_report(run.key, to_stored(*report, options_.unix_now()));
    }
    return report_json(*report);
  };
  if (anew) {
    auto answer = make();
    ++analysed_again_;
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

WebResponse Site::series(Store& store, const StoredRun& run, const WebRequest& request) {
  const auto window = window_in(request.target);
  if (!window) return failure_answer(window.error());
  const auto& what = request.target.path[3];
  const auto key =
      fmt::format("{} {} {} {} {} {}", what, run.key.id, run.key.job_id,
                  window->from.value_or(-kFar), window->to.value_or(kFar), window->points);
  return kept(key, run, request, [&] {
    return what == "steps" ? steps_json(store, run.key, *window)
                           : timeline_json(store, run.key, *window);
  });
}

WebResponse Site::stream(Store& store, const StoredRun& run, const WebRequest& request) {
  auto mark = mark_in(request);
  if (!mark) {
    const auto now = store.row_mark();
    if (!now) return failure_answer(now.error());
    mark = *now;
  }
  const nlohmann::json greeting{{"run", run.key.number}, {"status", name_of(status(run))}};
  WebResponse response{.type = "text/event-stream"};
  response.stream =
      streams_.join(run.key, *mark, event_frame("start", text_of(*mark), greeting.dump()));
  if (!response.stream)
    return error_answer(503, "as many streams are read as this server carries; try again later");
  return response;
}

}  // namespace tidemark
