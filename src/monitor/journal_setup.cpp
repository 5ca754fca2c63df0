#include "monitor/journal_setup.h"

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

namespace tidemark {
namespace {

// All that its rows may come to lie in: who switches to another database after a refusal has no
// moment left in which the label and the rows are sure to agree.
std::vector<std::filesystem::path> databases_of(const MonitorRequest& request) {
  std::vector<std::filesystem::path> databases{request.rescue_databases.rbegin(),
                                               request.rescue_databases.rend()};
  databases.push_back(request.database);
  return databases;
}

JournalLabel label_of(const MonitorRequest& request) {
  return {.databases = databases_of(request),
          .job_id = request.info.job_id,
          .job_name = request.info.job_name};
}

// A lane gets its memory when the trainer joins: a run whose trainer never does costs 64 KiB.
Result<std::filesystem::path> make_journal(const MonitorRequest& request) {
  const auto place =
      choose_journal_place(JournalPlaces::from_environment(request.database), journal_bytes());
  if (!place) return std::unexpected(place.error());
  return create_journal({.folder = place->folder,
                         .root = request.info.process,
                         .label = encode(label_of(request)),
                         .lanes_with_memory = 0});
}

// Somebody who looks for orphans holds the lock for an instant.
Result<JournalReader> open_patiently(const std::filesystem::path& path) {
  constexpr int kTries = 50;
  constexpr std::chrono::milliseconds kPause{10};
  auto reader = JournalReader::open(path);
  for (int i = 1; i < kTries && !reader && reader.error().code == Errc::busy; ++i) {
    std::this_thread::sleep_for(kPause);
    reader = JournalReader::open(path);
  }
  return reader;
}

// Asked for under the journal's lock: whoever drained it before has committed all that it will.
JournalPosition stored_position(const MonitorRequest& request, const std::string& journal_id) {
  auto store = Store::open(request.database, {.read_only = true, .create = false});
  const auto stored = store ? store->journal(journal_id) : std::unexpected(store.error());
  if (!stored || !*stored) return {};
  return decode_journal_position((*stored)->position).value_or(JournalPosition{});
}

}  // namespace

Result<JournalFollower> open_run_journal(const MonitorRequest& request) {
  auto path = request.journal.empty() ? make_journal(request)
                                      : Result<std::filesystem::path>{request.journal};
  if (!path) return std::unexpected(path.error());
  auto reader = open_patiently(*path);
  if (!reader) return std::unexpected(reader.error());
  const bool is_new = request.journal.empty();
  auto from = is_new ? JournalPosition{} : stored_position(request, reader->info().id);
  JournalFollower follower{*std::move(reader), *std::move(path), std::move(from),
                           request.info.anchor};
  if (!is_new) follower.set_label(label_of(request));
  return follower;
}

}  // namespace tidemark
