// Routes that list: jobs, a job's runs, the page of the jobs.
#include <nlohmann/json.hpp>

#include "server/server.h"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

double started_at(const StoredRun& run) {
  return run.info.anchor.unix_seconds(run.info.anchor.boot);
}

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json run_json(const StoredRun& run, RunStatus status) {
  return {{"run", run.key.number},
          {"status", name_of(status)},
          {"started_at", started_at(run)},
          {"ended_at", run.end ? Json(run.end->unix_seconds) : Json(nullptr)}};
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

WebResponse Site::jobs(Store& store) const {
  const auto jobs = store.jobs();
  if (!jobs) return error_answer(500, jobs.error().message);
  Json list = Json::array();
  for (const auto& job : *jobs) {
    Json one{{"id", job.job_id}, {"name", job.name}, {"runs", job.run_count}};
    one.update(run_json(job.latest, status(job.latest)));
    one["steps_completed"] = or_null(job.last_step);
    one["peak_memory_gb"] = or_null(job.peak_memory_gb);
    one["health_score"] = or_null(job.health_score);
    list.push_back(std::move(one));
  }
  return json_answer(text_of(list));
}

WebResponse Site::runs(Store& store, const std::string& job) const {
  const auto runs = store.runs(job);
  if (!runs)
    return error_answer(runs.error().code == Errc::not_found ? 404 : 500, runs.error().message);
  Json list = Json::array();
  for (const auto& run : *runs) list.push_back(run_json(run, status(run)));
  return json_answer(text_of(list));
}

WebResponse Site::job_list_page(Store& store) const {
  const auto jobs = store.jobs();
  if (!jobs) return error_answer(500, jobs.error().message);
  std::vector<ListedJob> listed;
  for (const auto& job : *jobs)
    listed.push_back({.id = job.job_id,
                      .name = job.name,
                      .status = status(job.latest),
                      .health = job.health_score.value_or(""),
                      .peak_gb = job.peak_memory_gb});
  WebResponse response{.type = "text/html; charset=utf-8"};
  response.body = std::make_shared<const std::string>(job_list_html(listed));
  return response;
}

}  // namespace tidemark
