#include "cli/lost_run.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cli/finish_run.h"
#include "cli/journal_recovery.h"
#include "cli/run_liveness.h"
#include "cli/run_news.h"
#include "cli/run_request.h"
#include "cli/terminal_output.h"
#include "os/file_times.h"
#include "os/system_clock.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

// The same instant through two clocks and a file's time.
constexpr double kSameInstantSeconds = 0.01;

double unix_now(const Clock& clock) {
  return to_seconds(clock.wall() - WallTime{});
}

double booted_at(const Clock& clock) {
  return unix_now(clock) - to_seconds(clock.now() - BootTime{});
}

double begun_at(const RunInfo& info) {
  return info.anchor.unix_seconds(info.anchor.boot);
}

std::optional<JobFiles> files_of(const LostRunPlaces& places, const ClientJob& job) {
  const auto folder = places.table->training_folder();
  if (!folder || job.name.empty()) return std::nullopt;
  return job_files(*folder / job.name);
}

/// The last record of the run, where its log tells no later time.
double last_sample_at(Store& store, const StoredRun& run) {
  double last = begun_at(run.info);
  (void)store.for_each_sample(
      run.key, [&last](const SampleRow& row) { last = std::max(last, row.unix_seconds); });
  return last;
}

/// What a start left behind. `files` absent: they are a later start's, or gone.
struct Remains {
  ClientWord word{};
  std::optional<OutputFileReading> log{};
  std::optional<double> last_written_at{};
};

Remains read_remains(const ClientJob& job, const JobFiles& files) {
  return {.word = word_of(job),
          .log = read_output_file(files.log),
          .last_written_at = modified_at(files.log)};
}

RunObservation observe(const Remains& remains, bool restarted, bool elsewhere = false) {
  RunObservation seen;
  seen.unseen_because = elsewhere   ? "the container or machine that it ran in is not this one"
                        : restarted ? "the machine was started anew before anybody could ask for it"
                                    : "nobody watched it when it ended";
  seen.machine_restarted = restarted;
  if (remains.word.state != ClientState::unknown) seen.client_word = remains.word;
  if (!remains.log) return seen;
  seen.output_seen = true;
  seen.output = remains.log->verdict;
  seen.deciding = remains.log->deciding;
  return seen;
}

void store_end(Recording& recording, const RunInfo& info, const Remains& remains,
               Notifier& notifier) {
  WriteGroup group;
  if (remains.log && !remains.log->errors.errors.empty()) group.add(remains.log->errors);
  group.add(EventRecord{recording.ended_at, "process_exit", R"({"recorded_by": "watcher"})"});
  group.add(EventRecord{recording.ended_at, "training_end", {}});
  auto done = recording.store->write(*recording.run, group, recording.drops);
  if (done) done = finish_run(recording, info);
  if (!done) return say(info.job_name + ": its end could not be stored: " + done.error().message);
  tell_end(notifier, recording, info);
  const auto ended = recording.store->run(recording.run->job_id, recording.run->number);
  if (ended && ended->end && !ended->end->exit.evidence.empty())
    say(info.job_name + ": ended unseen; " + ended->end->exit.evidence.front());
}

void end_lost_run(const LostRunPlaces& places, const StoredRun& run, bool elsewhere) {
  const auto job = places.table->job(run.key.job_id);
  if (!job || !*job) return;  // not ai-toolkit's, or its row is gone
  const auto files = files_of(places, **job);
  const auto start = files ? last_start_of(*files) : std::nullopt;
  // After a later start, row and log are no longer this run's.
  Remains remains;
  if (start && *start <= begun_at(run.info) + kSameInstantSeconds)
    remains = read_remains(**job, *files);
  auto store = Store::open(places.database, {.create = false});
  if (!store) return say(store.error().message);
  Recording recording{.database = places.database, .run = run.key, .drops = run.drops};
  recording.ended_at = std::max(remains.last_written_at.value_or(0), last_sample_at(*store, run));
  recording.store = std::move(*store);
  const bool restarted = run.info.boot_id != read_host_identity(places.host).boot_id;
  recording.observation = observe(remains, restarted && !elsewhere, elsewhere);
  store_end(recording, run.info, remains, *places.notifier);
}

/// The table is this machine's, and so were its jobs: a run of another host name is that of a
/// container which was made anew (its name is its id), unless the job runs here after all.
bool is_lost_elsewhere(const LostRunPlaces& places, const StoredRun& run) {
  const auto job = places.table->job(run.key.job_id);
  return job && *job && !find_job_process(places.host, **job);
}

/// True where a run of the start at `start` is stored.
bool is_recorded(Store& store, const std::string& job_id, double start) {
  const auto latest = store.run(job_id);
  return latest && begun_at(latest->info) >= start - kSameInstantSeconds;
}

Result<PreparedRun> prepare(const LostRunPlaces& places, const ClientJob& job,
                            const JobFiles& files, double start) {
  auto prepared = prepare_run({.name = job.name,
                               .job_id = job.id,
                               .config = files.config.string(),
                               .database = places.database.string()});
  if (!prepared) return prepared;
  RunInfo& info = prepared->request.info;
  fill_local_facts(info, places.host, *places.clock);
  info.process.pid = job.pid.value_or(0);
  const auto ago = from_seconds(unix_now(*places.clock) - start);
  info.anchor = {places.clock->now() - ago, places.clock->wall() - ago};
  return prepared;
}

WriteGroup beginning_of(const JobFiles& files, double start) {
  WriteGroup group;
  group.add(EventRecord{start, "training_start", R"({"recorded_by": "watcher"})"});
  for (auto& step : LossLogFollower{{files.loss_log}, start}.finish()) group.add(std::move(step));
  return group;
}

}  // namespace

void end_lost_runs(const LostRunPlaces& places) {
  (void)recover_orphans(places.database, places.host);
  auto store = Store::open(places.database, {.read_only = true, .create = false});
  if (!store) return;  // there is none yet, or whoever writes next says what is wrong with it
  const auto unended = store->unended_runs();
  if (!unended) return;
  for (const auto& run : *unended) {
    const auto state = unended_state(run, places.host);
    const bool elsewhere = state == Unended::elsewhere && is_lost_elsewhere(places, run);
    if (state == Unended::lost || elsewhere) end_lost_run(places, run, elsewhere);
  }
}

void record_unwatched_start(const LostRunPlaces& places, const ClientJob& job, double not_before) {
  const auto files = files_of(places, job);
  const auto start = files ? last_start_of(*files) : std::nullopt;
  if (!start || *start < not_before) return;
  auto prepared = prepare(places, job, *files, *start);
  if (!prepared || !prepared->request.info.settings.enabled) return;
  auto store = Store::open(places.database);
  if (!store) return say(store.error().message);
  if (is_recorded(*store, job.id, *start)) return;
  const auto run = store->begin_run(prepared->request.info);
  if (!run) return say(run.error().message);
  if (auto written = store->write(*run, beginning_of(*files, *start), {}); !written)
    return say(written.error().message);
  const auto remains = read_remains(job, *files);
  Recording recording{.database = places.database, .run = *run};
  recording.ended_at = std::max(*start, remains.last_written_at.value_or(0));
  recording.store = std::move(*store);
  recording.observation = observe(remains, *start < booted_at(*places.clock));
  store_end(recording, prepared->request.info, remains, *places.notifier);
}

}  // namespace tidemark
