#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

#include "cli/commands.h"
#include "cli/open_store.h"
#include "cli/run_liveness.h"
#include "cli/terminal_output.h"
#include "report/report.h"

namespace tidemark {
namespace {

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

void print_table(const std::vector<ListedJob>& jobs) {
  fmt::print("{:<28} {:>4}  {:<9}  {:<8}  {:>9}  {:>8}  {:>9}  {}\n", "JOB", "RUNS", "STATUS",
             "HEALTH", "PEAK", "STEPS", "DURATION", "STARTED");
  for (const auto& [job, status] : jobs) {
    const auto steps = steps_completed(job);
    fmt::print("{:<28} {:>4}  {:<9}  {:<8}  {:>9}  {:>8}  {:>9}  {}\n",
               printable(job.name.empty() ? job.job_id : job.name, 28), job.run_count,
               name_of(status), job.health_score.value_or("-"),
               job.peak_memory_gb ? format_bytes(from_gib(*job.peak_memory_gb)) : "-",
               steps ? std::to_string(*steps) : "-", duration_text(job.latest),
               started_text(job.latest));
  }
}

}  // namespace

int jobs_command(const JobsOptions& options) {
  auto store = open_store(options.database, Access::read);
  if (!store) return fail_with(store.error());
  auto jobs = store->jobs();
  if (!jobs) return fail_with(jobs.error());
  std::vector<ListedJob> listed;
  for (auto& job : *jobs) {
    const auto status = status_of(job.latest, HostRoot{});
    listed.push_back({std::move(job), status});
  }
  if (options.json) {
    fmt::print("{}\n", jobs_json(listed, 2));
  } else if (listed.empty()) {
    say("no jobs recorded yet");
  } else {
    print_table(listed);
  }
  return 0;
}

}  // namespace tidemark
