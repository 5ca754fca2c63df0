#include "cli/resume_run.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "cli/journal_recovery.h"
#include "cli/run_liveness.h"

namespace tidemark {
namespace {

constexpr std::chrono::seconds kHeldForGood{2};
constexpr std::chrono::milliseconds kHeldPause{20};

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

Error recorded_already(const MonitorRequest& request, const std::string& by) {
  return {Errc::busy, "process " + std::to_string(request.info.process.pid) +
                          " is being recorded already" + by};
}

/// Absent: nothing of it was recorded yet. Errors: busy, when its monitor lives.
Result<std::optional<StoredRun>> unended_run_of(const MonitorRequest& request,
                                                const HostRoot& host) {
  auto store = Store::open(request.database, {.read_only = true, .create = false});
  if (!store && store.error().code == Errc::not_found) return std::nullopt;
  auto unended = store ? store->unended_runs() : std::unexpected(store.error());
  if (!unended) return std::unexpected(unended.error());  // or one run would become two
  const auto run = std::ranges::find_if(*unended, [&request](const StoredRun& candidate) {
    return candidate.info.process == request.info.process &&
           candidate.info.boot_id == request.info.boot_id;
  });
  if (run == unended->end()) return std::nullopt;
  if (unended_state(*run, host) == Unended::recording)
    return std::unexpected(recorded_already(request, ", by process " +
                                                         std::to_string(run->info.monitor.pid) +
                                                         ", as job " + run->info.job_name));
  return std::move(*run);
}

bool is_held(const MonitorRequest& request) {
  const auto folders = JournalPlaces::from_environment(request.database).folders();
  return std::ranges::any_of(folders, [&request](const auto& folder) {
    return journal_is_held(folder, request.info.process);
  });
}

}  // namespace

// Who looks for orphans holds a journal for an instant, who takes one in for longer; a monitor
// holds it for good. A journal that is held is not seen, and without it the run would get a second
// one.
Result<void> resume_earlier_run(MonitorRequest& request, const HostRoot& host) {
  const auto until = std::chrono::steady_clock::now() + kHeldForGood;
  for (;;) {
    bool held = is_held(request);
    const auto found = resume_by_journal(request, host);
    if (!found) return std::unexpected(found.error());
    if (*found) return {};
    auto run = unended_run_of(request, host);
    if (!run) return std::unexpected(run.error());
    held = held || is_held(request);
    if (!held) {
      if (*run) go_on_with(request, {.database = request.database, .run = **std::move(run)});
      return {};
    }
    if (std::chrono::steady_clock::now() > until)
      return std::unexpected(recorded_already(request, ": another process drains its journal"));
    std::this_thread::sleep_for(kHeldPause);
  }
}

}  // namespace tidemark
