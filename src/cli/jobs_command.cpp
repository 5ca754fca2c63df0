#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/open_store.h"
#include "cli/run_liveness.h"
#include "cli/terminal_output.h"
#include "report/report.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json json_of(const JobOverview& job) {
  const auto& end = job.latest.end;
  return {{"id", job.job_id},
          {"name", job.name},
          {"runs", job.run_count},
          {"run", job.latest.key.number},
          {"status", std::string{name_of(status_of(job.latest, HostRoot{}))}},
          {"started_at", job.latest.info.anchor.unix_seconds(job.latest.info.anchor.boot)},
          {"ended_at", end ? Json(end->unix_seconds) : Json(nullptr)},
          {"steps_completed", or_null(job.last_step)},
          {"peak_memory_gb", or_null(job.peak_memory_gb)},
          {"health_score", or_null(job.health_score)}};
}

std::string started_text(const StoredRun& run) {
  const auto seconds = static_cast<std::time_t>(run.info.anchor.unix_seconds(run.info.anchor.boot));
  std::tm local{};
  if (seconds <= 0 || ::localtime_r(&seconds, &local) == nullptr) return "-";
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", local.tm_year + 1900, local.tm_mon + 1,
                     local.tm_mday, local.tm_hour, local.tm_min);
}

std::string duration_text(const StoredRun& run) {
  if (!run.end) return "-";
  return format_duration(run.end->unix_seconds -
                         run.info.anchor.unix_seconds(run.info.anchor.boot));
}

void print_table(const std::vector<JobOverview>& jobs) {
  fmt::print("{:<28} {:>4}  {:<9}  {:<8}  {:>9}  {:>8}  {:>9}  {}\n", "JOB", "RUNS", "STATUS",
             "HEALTH", "PEAK", "STEPS", "DURATION", "STARTED");
  for (const auto& job : jobs) {
    fmt::print("{:<28} {:>4}  {:<9}  {:<8}  {:>9}  {:>8}  {:>9}  {}\n",
               printable(job.name.empty() ? job.job_id : job.name, 28), job.run_count,
               name_of(status_of(job.latest, HostRoot{})), job.health_score.value_or("-"),
               job.peak_memory_gb ? format_bytes(from_gib(*job.peak_memory_gb)) : "-",
               job.last_step ? std::to_string(*job.last_step) : "-", duration_text(job.latest),
               started_text(job.latest));
  }
}

}  // namespace

int jobs_command(const JobsOptions& options) {
  auto store = open_store(options.database, Access::read);
  if (!store) return fail_with(store.error());
  const auto jobs = store->jobs();
  if (!jobs) return fail_with(jobs.error());
  if (options.json) {
    Json list = Json::array();
    for (const auto& job : *jobs) list.push_back(json_of(job));
    fmt::print("{}\n", list.dump(2, ' ', false, Json::error_handler_t::replace));
  } else if (jobs->empty()) {
    say("no jobs recorded yet");
  } else {
    print_table(*jobs);
  }
  return 0;
}

}  // namespace tidemark
