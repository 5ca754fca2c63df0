// Lists of jobs and of runs as JSON.
#include <nlohmann/json.hpp>

#include "report/contract_parts.h"
#include "report/report.h"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json run_json(const StoredRun& run, RunStatus status) {
  const auto& anchor = run.info.anchor;
  return {{"run", run.key.number},
          {"status", name_of(status)},
          {"started_at", anchor.unix_seconds(anchor.boot)},
          {"ended_at", run.end ? Json(run.end->unix_seconds) : Json(nullptr)}};
}

std::string text_of(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

/// Of the latest run's report; empty where there is none.
Json stored_summary(const JobOverview& job) {
  auto summary = Json::parse(job.summary, nullptr, false);
  return summary.is_object() ? summary : Json::object();
}

}  // namespace

std::optional<std::int64_t> steps_completed(const JobOverview& job) {
  const auto summary = stored_summary(job);
  if (job.latest.end)
    if (const auto found = summary.find("steps_completed");
        found != summary.end() && found->is_number_integer())
      return found->get<std::int64_t>();
  return job.last_step;
}

std::string jobs_json(const std::vector<ListedJob>& jobs, int indent) {
  Json list = Json::array();
  for (const auto& [job, status] : jobs) {
    Json one{{"id", job.job_id}, {"name", job.name}, {"runs", job.run_count}};
    one.update(run_json(job.latest, status));
    one["steps_completed"] = or_null(steps_completed(job));
    one["peak_memory_gb"] = or_null(job.peak_memory_gb);
    one["health_score"] = or_null(job.health_score);
    const auto summary = stored_summary(job);
    for (const auto* name : {"total_memory_gb", "verdict"})
      one[name] = summary.contains(name) ? summary[name] : Json(nullptr);
    add_thresholds(one, job.latest.info.settings);
    list.push_back(std::move(one));
  }
  return text_of(list, indent);
}

std::string runs_json(const std::vector<ListedRun>& runs) {
  Json list = Json::array();
  for (const auto& [run, status] : runs) list.push_back(run_json(run, status));
  return text_of(list, -1);
}

}  // namespace tidemark
