#include "cli/resume_run.h"

#include <algorithm>
#include <utility>

#include "cli/journal_recovery.h"
#include "cli/run_liveness.h"

namespace tidemark {
namespace {

void go_on_with(MonitorRequest& request, JournalHome home) {
  request.database = std::move(home.database);
  request.info.job_id = home.run.key.job_id;
  request.info.job_name = home.run.info.job_name;
  request.info.anchor = home.run.info.anchor;
  request.resumed = home.run.key;
}

// Its records may be in another database than the one that was asked for; they go on there.
Result<bool> resume_by_journal(MonitorRequest& request, const HostRoot& host) {
  for (const auto& journal : find_orphans(request.database, host)) {
    if (!journal.problem.empty() || journal.info.root != request.info.process) continue;
    auto databases = decode_journal_label(journal.label).databases;
    if (databases.empty()) databases.push_back(request.database);
    auto home = find_journal_home(journal.info, databases);
    if (!home) return std::unexpected(home.error());
    if (!*home || (*home)->run.end) continue;  // its own monitor may be about to come
    request.journal = journal.path;
    go_on_with(request, **std::move(home));
    return true;
  }
  return false;
}

}  // namespace

Result<void> resume_earlier_run(MonitorRequest& request, const HostRoot& host) {
  const auto found = resume_by_journal(request, host);
  if (!found) return std::unexpected(found.error());
  if (*found) return {};
  auto store = Store::open(request.database, {.read_only = true, .create = false});
  if (!store && store.error().code == Errc::not_found) return {};
  auto unended = store ? store->unended_runs() : std::unexpected(store.error());
  if (!unended) return std::unexpected(unended.error());  // or one run would become two
  const auto run = std::ranges::find_if(*unended, [&request](const StoredRun& candidate) {
    return candidate.info.process == request.info.process &&
           candidate.info.boot_id == request.info.boot_id;
  });
  if (run == unended->end()) return {};
  if (unended_state(*run, host) == Unended::recording)
    return fail(Errc::busy, "process " + std::to_string(request.info.process.pid) +
                                " is being recorded already, by process " +
                                std::to_string(run->info.monitor.pid) + ", as job " +
                                run->info.job_name);
  go_on_with(request, {.database = request.database, .run = std::move(*run)});
  return {};
}

}  // namespace tidemark
