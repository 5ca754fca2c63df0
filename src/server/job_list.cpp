// Routes that list: jobs, a job's runs, the page of the jobs.
#include "server/server.h"

namespace tidemark {

Result<std::vector<ListedJob>> Site::listed_jobs(Store& store) const {
  auto jobs = store.jobs();
  if (!jobs) return std::unexpected(jobs.error());
  std::vector<ListedJob> listed;
  for (auto& job : *jobs) {
    const auto now = status(job.latest);
    listed.push_back({std::move(job), now});
  }
  return listed;
}

WebResponse Site::jobs(Store& store) const {
  const auto listed = listed_jobs(store);
  return listed ? json_answer(jobs_json(*listed)) : failure_answer(listed.error());
}

WebResponse Site::job_list_page(Store& store) const {
  const auto listed = listed_jobs(store);
  if (!listed) return failure_answer(listed.error());
  WebResponse response{.type = "text/html; charset=utf-8"};
  response.body = std::make_shared<const std::string>(job_list_html(*listed));
  return response;
}

WebResponse Site::runs(Store& store, const std::string& job) const {
  auto runs = store.runs(job);
  if (!runs) return failure_answer(runs.error());
  std::vector<ListedRun> listed;
  for (auto& run : *runs) {
    const auto then = status(run);
    listed.push_back({std::move(run), then});
  }
  return json_answer(runs_json(listed));
}

}  // namespace tidemark
