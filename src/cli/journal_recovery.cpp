#include "cli/journal_recovery.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "cli/finish_run.h"
#include "cli/run_liveness.h"
#include "cli/terminal_output.h"
#include "os/process_watch.h"
#include "os/system_clock.h"

namespace tidemark {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;

// How long a monitor may take to come to the journal that its trainer made.
constexpr seconds kStartingFor{30};
constexpr seconds kAwaitMonitors{60};
constexpr seconds kSilentFor{2};

// Of a trainer that runs, and no run of it is stored: one that is recorded had its monitor.
bool is_starting(const OrphanedJournal& journal, const std::filesystem::path& database) {
  if (!journal.root_alive || SystemClock{}.now() - journal.info.anchor.boot >= kStartingFor)
    return false;
  auto databases = decode_journal_label(journal.label).databases;
  if (databases.empty()) databases.push_back(database);
  const auto home = find_journal_home(journal.info, databases);
  return !home || !*home;
}

// The stored report is from before these records. Readers that only look at the table see it too.
void renew_report(const RecoveredJournal& recovered) {
  auto store = Store::open(recovered.database, {.create = false});
  if (!store) return;
  const auto run = store->run(recovered.run.job_id, recovered.run.number);
  if (run && run->info.settings.analyze_on_complete) (void)make_report(*store, recovered.run);
}

bool is_ending(ProcessIdentity id, const HostRoot& host) {
  const auto watch = ProcessWatch::open(host, id);
  return !watch || watch->ending();
}

bool is_being_stored(const StoredRun& run, const HostRoot& host) {
  return unended_state(run, host) == Unended::recording &&
         (is_ending(run.info.process, host) || is_ending(run.info.monitor, host));
}

bool any_being_stored(Store& store, const HostRoot& host) {
  const auto unended = store.unended_runs();
  return unended && std::ranges::any_of(*unended, [&host](const StoredRun& run) {
           return is_being_stored(run, host);
         });
}

void await_draining_monitors(Store& store, const HostRoot& host) {
  const auto started = SteadyClock::now();
  bool said = false;
  while (any_being_stored(store, host)) {
    const auto waited = SteadyClock::now() - started;
    if (waited > kAwaitMonitors)
      return say("a monitor has not stored the end of its run yet; what it has stored is shown");
    if (!said && waited > kSilentFor) say("waiting for a monitor that is still storing its run");
    said = said || waited > kSilentFor;
    std::this_thread::sleep_for(milliseconds{50});
  }
}

}  // namespace

std::vector<OrphanedJournal> find_orphans(const std::filesystem::path& database,
                                          const HostRoot& host) {
  std::vector<OrphanedJournal> orphans;
  for (const auto& folder : JournalPlaces::from_environment(database).folders()) {
    auto found = find_orphaned_journals(folder, host);
    if (!found) continue;  // not ours to read: none of ours is in it
    for (auto& journal : *found) orphans.push_back(std::move(journal));
  }
  return orphans;
}

Recovery recover_orphans(const std::filesystem::path& database, const HostRoot& host,
                         std::optional<ProcessIdentity> only) {
  Recovery recovery;
  for (const auto& journal : find_orphans(database, host)) {
    if (only && journal.info.root != *only) continue;
    if (!journal.problem.empty()) {
      recovery.problems.push_back(journal.problem);
      continue;
    }
    if (is_starting(journal, database)) continue;
    auto recovered = recover_journal(journal.path, database, host);
    if (!recovered) {
      const auto code = recovered.error().code;
      if (code != Errc::busy && code != Errc::not_found)  // else somebody is at it, or was
        recovery.problems.push_back(journal.path.string() + " stays: " + recovered.error().message);
      continue;
    }
    if (!recovered->problem.empty()) recovery.problems.push_back(recovered->problem);
    if (recovered->records > 0 && recovered->removed) renew_report(*recovered);
    recovery.journals.push_back(*std::move(recovered));
  }
  return recovery;
}

Recovery take_in_what_is_left(const std::filesystem::path& database, const HostRoot& host) {
  if (auto store = Store::open(database, {.read_only = true, .create = false}))
    await_draining_monitors(*store, host);
  return recover_orphans(database, host);
}

}  // namespace tidemark
