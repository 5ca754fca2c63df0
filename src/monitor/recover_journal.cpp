// A journal that a dead monitor left: its rows go where its label says.
#include <algorithm>
#include <utility>

#include "monitor/journal_follower.h"
#include "monitor/journal_rows.h"
#include "monitor/monitor.h"
#include "os/process_watch.h"
#include "sensing/sensing.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostRecords = 8192;  // of one transaction

// Its own rows name the run; before the first of them, the run that its monitor began does.
Result<std::optional<JournalHome>> look_in(const std::filesystem::path& database,
                                           const JournalInfo& info) {
  auto store = Store::open(database, {.read_only = true, .create = false});
  if (!store) return std::unexpected(store.error());
  const auto journal = store->journal(info.id);
  if (!journal) return std::unexpected(journal.error());
  if (*journal) {
    auto run = store->run((*journal)->run.job_id, (*journal)->run.number);
    if (!run) return std::unexpected(run.error());
    return JournalHome{database, *std::move(run), (*journal)->position};
  }
  auto run = info.root.pid > 0 ? store->run_of_process(info.root, info.boot_id)
                               : Result<std::optional<StoredRun>>{};
  if (!run) return std::unexpected(run.error());
  if (!*run) return std::nullopt;
  return JournalHome{database, **std::move(run), {}};
}

// A trainer whose monitor never came to store anything.
Result<JournalHome> make_home_in(const std::filesystem::path& database, const JournalInfo& info,
                                 const JournalLabel& label, const HostRoot& host) {
  auto store = Store::open(database, {});
  if (!store) return std::unexpected(store.error());
  RunInfo begun;
  begun.job_id = label.job_id;
  begun.job_name = label.job_name.empty() ? "recovered" : label.job_name;
  begun.host = read_host_identity(host).name;
  begun.boot_id = info.boot_id;
  begun.process = info.root;
  begun.anchor = info.anchor;
  const auto key = store->begin_run(begun);
  if (!key) return std::unexpected(key.error());
  auto run = store->run(key->job_id, key->number);
  if (!run) return std::unexpected(run.error());
  return JournalHome{database, *std::move(run), {}};
}

// In the order in which a monitor would have tried them: the label has the last resort first.
Result<JournalHome> make_home(const std::vector<std::filesystem::path>& databases,
                              const JournalInfo& info, const JournalLabel& label,
                              const HostRoot& host) {
  auto home = make_home_in(databases.back(), info, label, host);
  for (auto next = databases.rbegin() + 1; !home && next != databases.rend(); ++next)
    if (auto made = make_home_in(*next, info, label, host)) home = std::move(made);
  return home;
}

Result<JournalHome> home_of(JournalReader& reader, const std::filesystem::path& default_database,
                            const HostRoot& host) {
  const auto label = decode_journal_label(reader.label());
  auto databases = label.databases;
  if (databases.empty()) databases.push_back(default_database);
  auto home = find_journal_home(reader.info(), databases);
  if (!home) return std::unexpected(home.error());
  if (*home) return **std::move(home);
  return make_home(databases, reader.info(), label, host);
}

/// What its writers counted replaces what was stored of it earlier.
DropCounters drops_with(const DropCounters& stored, const DropCounters& journals) {
  DropCounters drops = stored;
  for (const auto why :
       {Drop::journal_full, Drop::journal_no_lane, Drop::journal_too_large, Drop::journal_disabled})
    drops.set(why, std::max(stored.of(why), journals.of(why)));
  drops.add(Drop::record_malformed, journals.of(Drop::record_malformed));
  return drops;
}

Result<void> store_rest(JournalFollower& journal, Store& store, const StoredRun& run,
                        RecoveredJournal& recovered) {
  do {
    auto drained = journal.drain(kMostRecords);
    recovered.records += drained.size();
    auto rows = rows_from(std::move(drained), run.info.process.pid);
    rows.group.journal = journal.mark();
    const auto drops = drops_with(run.drops, journal.drops());
    if (auto written = store.write(run.key, rows.group, drops); !written) return written;
    journal.release(*rows.group.journal);
    take_word(recovered.said, std::move(rows.said));
  } while (journal.more());
  return {};
}

bool lives(const JournalInfo& info, const HostRoot& host) {
  const auto boot_id = host.read("proc/sys/kernel/random/boot_id");
  if (!boot_id || !boot_id->starts_with(info.boot_id) || info.root.pid <= 0) return false;
  const auto watch = ProcessWatch::open(host, info.root);
  return watch && !watch->ending();
}

}  // namespace

Result<std::optional<JournalHome>> find_journal_home(
    const JournalInfo& info, const std::vector<std::filesystem::path>& databases) {
  for (const auto& database : databases) {
    auto home = look_in(database, info);
    if (home && *home) return home;
    // Not there any more is no obstacle; what is locked or broken may hold the position.
    if (!home && home.error().code != Errc::not_found) return home;
  }
  return std::nullopt;
}

Result<RecoveredJournal> recover_journal(const std::filesystem::path& path,
                                         const std::filesystem::path& default_database,
                                         const HostRoot& host) {
  auto reader = JournalReader::open(path);  // its lock first: the position below stays the last one
  if (!reader) return std::unexpected(reader.error());
  const bool root_lives = lives(reader->info(), host);
  const auto home = home_of(*reader, default_database, host);
  if (!home) return std::unexpected(home.error());
  auto store = Store::open(home->database, {.create = false});
  if (!store) return std::unexpected(store.error());
  auto from = decode_journal_position(home->position).value_or(JournalPosition{});
  JournalFollower journal{*std::move(reader), path, std::move(from), home->run.info.anchor};
  if (!root_lives) journal.stop_writers();
  RecoveredJournal recovered{.database = home->database, .run = home->run.key};
  if (auto stored = store_rest(journal, *store, home->run, recovered); !stored)
    return std::unexpected(stored.error());
  if (auto synced = store->sync(); !synced) return std::unexpected(synced.error());
  recovered.removed = !root_lives && journal.remove(host);
  recovered.problem = journal.take_problem().value_or("");
  return recovered;
}

}  // namespace tidemark
