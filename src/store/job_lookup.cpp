#include "store/job_lookup.h"

#include <algorithm>
#include <unordered_set>

#include "store/other_writer.h"
#include "store/run_reader.h"
#include "store/sqlite_error.h"

namespace tidemark {
namespace {

constexpr std::size_t kNamedAtMost = 8;  // in the message about an ambiguous beginning

Result<std::optional<std::int64_t>> last_step(Connection& db, const RunKey& run) {
  auto statement = db.prepare(
      "SELECT max(step) FROM StepMetric WHERE job_id = ?1 AND run_id = ?2 UNION ALL "
      "SELECT max(step) FROM StepMetric WHERE job_id = ?1 AND run_id IS NULL AND ?3 = 1");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(run.job_id).bind(run.id).bind(run.number);
  std::optional<std::int64_t> highest;
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return highest;
    const auto step = statement->integer(0);
    if (step && step > highest) highest = step;
  }
}

Result<std::optional<JobOverview>> load_overview(Connection& db, const JobName& job) {
  auto runs = load_runs(db, job.id);
  if (!runs) return std::unexpected(runs.error());
  if (runs->empty()) return std::nullopt;
  JobOverview overview;
  overview.job_id = job.id;
  overview.name = job.name;
  overview.run_count = static_cast<std::int64_t>(runs->size());
  overview.latest = std::move(runs->back());
  const auto report = load_report(db, overview.latest.key);
  if (!report) return std::unexpected(report.error());
  if (*report) {
    overview.peak_memory_gb = (*report)->peak_memory_gb;
    if (!(*report)->health_score.empty()) overview.health_score = (*report)->health_score;
    overview.summary = (*report)->summary;
  }
  const auto step = last_step(db, overview.latest.key);
  if (!step) return std::unexpected(step.error());
  overview.last_step = *step;
  return overview;
}

Result<std::string> newest_job(Connection& db) {
  auto jobs = load_jobs(db);
  if (!jobs) return std::unexpected(jobs.error());
  if (!jobs->empty()) return std::move(jobs->front().job_id);
  return fail(Errc::not_found, printable(db.file()) + ": no job has been recorded yet");
}

template <class Matches>
std::vector<JobName> matching(const std::vector<JobName>& jobs, const Matches& matches) {
  std::vector<JobName> found;
  std::ranges::copy_if(jobs, std::back_inserter(found), matches);
  return found;
}

Error ambiguous(std::string_view text, std::vector<JobName> found) {
  std::ranges::sort(found, {}, &JobName::id);
  std::string message = "\"" + printable(std::string{text}) + "\" means several jobs: ";
  for (std::size_t i = 0; i < std::min(found.size(), kNamedAtMost); ++i)
    message +=
        (i == 0 ? "" : ", ") + printable(found[i].name) + " (" + printable(found[i].id) + ")";
  if (found.size() > kNamedAtMost)
    message += " and " + std::to_string(found.size() - kNamedAtMost) + " more";
  return {Errc::invalid, message + "; write more of the id"};
}

}  // namespace

Result<std::vector<JobName>> load_job_names(Connection& db) {
  std::vector<JobName> jobs;
  std::unordered_set<std::string> known;
  auto statement = db.prepare("SELECT id, name FROM TidemarkJob");
  if (!statement) return std::unexpected(statement.error());
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    jobs.push_back({std::string{statement->text_view(0)}, std::string{statement->text_view(1)}});
    known.insert(jobs.back().id);
  }
  const auto others = jobs_with_other_rows(db);
  if (!others) return std::unexpected(others.error());
  for (const auto& id : *others)
    if (!known.contains(id)) jobs.push_back({id, id});
  return jobs;
}

Result<std::vector<JobOverview>> load_jobs(Connection& db) {
  const auto names = load_job_names(db);
  if (!names) return std::unexpected(names.error());
  std::vector<JobOverview> jobs;
  for (const auto& name : *names) {
    auto overview = load_overview(db, name);
    if (!overview) return std::unexpected(overview.error());
    if (*overview) jobs.push_back(std::move(**overview));
  }
  // Row ids order runs that began in the same instant.
  std::ranges::stable_sort(jobs, std::ranges::greater{}, [](const JobOverview& job) {
    return std::pair{job.latest.info.anchor.wall, job.latest.key.id};
  });
  return jobs;
}

// Compared here rather than with LIKE or GLOB: whatever a name holds, it is only text.
Result<std::string> find_job(Connection& db, std::string_view text) {
  if (text.empty()) return fail(Errc::invalid, "no job named; `tidemark jobs` lists them");
  if (text == "last") return newest_job(db);
  const auto jobs = load_job_names(db);
  if (!jobs) return std::unexpected(jobs.error());
  if (const auto same = std::ranges::find(*jobs, text, &JobName::id); same != jobs->end())
    return same->id;
  auto found = matching(*jobs, [&](const JobName& job) { return job.name == text; });
  if (found.empty())
    found = matching(*jobs, [&](const JobName& job) {
      return job.id.starts_with(text) || job.name.starts_with(text);
    });
  if (found.size() == 1) return found.front().id;
  if (!found.empty()) return std::unexpected(ambiguous(text, std::move(found)));
  return fail(Errc::not_found, printable(db.file()) + ": no job \"" + printable(std::string{text}) +
                                   "\"; `tidemark jobs` lists them");
}

}  // namespace tidemark
