// The run on disk. SQLite stays behind this header. Rows go in by write groups, one transaction
// each; they come back as telemetry values, streamed. No call throws; no statement waits longer
// than `busy_wait`. One Store is used by one thread at a time; several Stores on one file are fine,
// in one process or in many. docs/store_schema.md has the tables.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/drops.h"
#include "core/result.h"
#include "store/foreign_database.h"
#include "store/row_values.h"
#include "telemetry/allocator_record.h"
#include "telemetry/event.h"
#include "telemetry/log_record.h"
#include "telemetry/run.h"
#include "telemetry/sample_row.h"
#include "telemetry/step.h"

namespace tidemark {

inline constexpr int kSchemaVersion = 3;

struct StoreOptions {
  bool read_only = false;
  bool create = true;                         // make the file and its folder when missing
  std::chrono::milliseconds busy_wait{5000};  // SQLite's busy timeout for each statement
  std::stop_token stop{};  // once it is asked for, statements end early, with an error
};

/// How far a journal was read when its rows were written. Committed with them, so that after any
/// crash reading goes on where the rows end.
struct JournalMark {
  std::string journal_id{};
  std::string position{};  // the journal stage's text
};

/// What a transaction of the monitor writes. Rows keep their order.
class WriteGroup {
 public:
  /// The index by which an event of the same group refers to this sample.
  std::size_t add(SampleRow sample);
  void add(EventRecord event, std::optional<std::size_t> sample_index = std::nullopt);
  void add(StepRecord step);
  void add(AllocatorRecord record);
  void add(LogMark mark);
  /// In place of what this reader had found before.
  void add(LogErrors errors);
  bool empty() const;
  std::size_t row_count() const;
  /// Puts `later`'s rows behind these.
  void append(WriteGroup&& later);

  struct EventEntry {
    EventRecord event;
    std::optional<std::size_t> sample_index;
  };
  std::vector<SampleRow> samples{};
  std::vector<EventEntry> events{};
  std::vector<StepRecord> steps{};
  std::vector<AllocatorRecord> allocators{};
  std::vector<LogMark> log_marks{};
  std::vector<LogErrors> log_errors{};   // one a reader
  std::optional<JournalMark> journal{};  // the latest counts
  std::string config_json{};             // becomes the run's config where it has none; empty: none
};

/// A run as it is stored.
struct RunKey {
  std::int64_t id = 0;  // of this database; 0: rows of another writer, which knows no runs
  std::string job_id{};
  std::int64_t number = 1;  // 1, 2, ... within its job
};

struct StoredRun {
  RunKey key{};
  RunInfo info{};
  std::optional<RunEnd> end{};  // absent: it runs, or its monitor died. Rows of another writer end
                                // at their last timestamp, with ExitKind::unknown
  DropCounters drops{};
};

struct StoredEvent {
  EventRecord event{};
  std::optional<Bytes> used{};  // the machine's, at its memory_snapshot_id
};

/// A place in the order in which rows are written: the ids of the newest ones, of any run.
struct RowMark {
  std::int64_t sample = 0, step = 0, event = 0;
  friend auto operator<=>(const RowMark&, const RowMark&) = default;
};

struct RowReaders {
  std::function<void(const SampleRow&)> sample{};
  std::function<void(const StepRecord&)> step{};
  std::function<void(const StoredEvent&)> event{};
};

struct StoredJournal {
  RunKey run{};  // whose records it holds
  std::string position{};
};

/// A job with its latest run, as `tidemark jobs` lists it.
struct JobOverview {
  std::string job_id{};
  std::string name{};
  std::int64_t run_count = 0;
  StoredRun latest{};
  std::optional<double> peak_memory_gb{};  // of the latest run's report
  std::optional<std::string> health_score{};
  std::string summary{};                    // of that report: JSON; empty: there is none
  std::optional<std::int64_t> last_step{};  // the highest number, wherever the numbers start
};

/// What was said of the memory that a run of these settings would take. The texts are the caller's:
/// here they are compared and no more.
struct StoredPrediction {
  double made_at = 0;      // unix seconds
  std::string source{};    // "plan", "recommendation", "whatif", "apply"
  std::string settings{};  // for which it was said
  std::string changes{};   // that lead there from the run's own: JSON
  std::string pool{};      // name_of(PoolKind)
  std::optional<std::int64_t> pool_index{};
  Bytes low{}, likely{}, high{};
};

/// A prediction with the run from whose data it was made, which left its model.
struct PredictionOfRun {
  StoredPrediction said{};
  std::string job_name{};
  std::int64_t run_number = 1;
  std::string config_json{};
};

/// What a run's analysis leaves for later runs of the same model. The texts are the caller's.
struct StoredModel {
  std::string identity{};  // of the model that is trained; empty: nothing is left
  std::string settings{};
  std::string model{};  // JSON
};

struct ModelOfRun {
  StoredModel left{};
  std::string job_id{}, job_name{};
  std::int64_t run_number = 1;
  std::string config_json{};
};

/// Which runs are asked for: those of one model on one machine, begun before a moment.
struct LikeRuns {
  std::string_view identity{};
  std::string_view host{};  // runs whose host is not known count; empty: of any
  double before_unix_seconds = 0;
};

/// The four TEXT columns of AnalysisReport hold JSON.
struct StoredReport {
  double created_at = 0;
  std::string summary{};
  std::string recommendations{};
  std::string log_errors{};
  std::optional<double> peak_memory_gb{};
  std::string health_score{};
  std::string analysis{};  // the whole answer without events and timeline
  // Kept in tables of their own, and not read back with the report.
  StoredModel model{};
  std::vector<StoredPrediction> predictions{};
};

/// One table as it is made, for whoever must declare it elsewhere too (a Prisma schema).
struct ColumnLayout {
  std::string_view name{};
  std::string_view
      declaration{};  // type and, where they are, NOT NULL or PRIMARY KEY AUTOINCREMENT
};
struct TableLayout {
  std::string_view name{};
  std::span<const ColumnLayout> columns{};
  std::string_view constraint{};  // a table constraint; empty: none
  std::string_view index_name{};  // empty: no index
  std::span<const std::string_view> index_columns{};
};
/// All tables of kSchemaVersion, the four of the contract first.
std::span<const TableLayout> store_layout();

class Store {
 public:
  /// Makes or upgrades the tables unless `read_only`. Errors: not_found (no such file, or its
  /// folder cannot be made), permission, read_only, busy, full, corrupt (no database), too_new, io.
  static Result<Store> open(const std::filesystem::path& file, StoreOptions options = {});
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // Writing.
  /// Makes the job when its id (or, without one, its name) is new, and its next run. A job that so
  /// far has only rows of another writer goes on with run 2: theirs are run 1. Errors: invalid
  /// (neither id nor name).
  Result<RunKey> begin_run(const RunInfo& info);
  /// Another monitor goes on with a run whose own has died. Errors: not_found (no such run, or it
  /// has ended).
  Result<void> resume_run(const RunKey& run, ProcessIdentity monitor);
  /// One transaction; everything or nothing. `drops` are the run's totals so far. A step that is
  /// there already by its number is merged with it (docs/store_schema.md). Errors: not_found when
  /// the run has been removed meanwhile.
  Result<void> write(const RunKey& run, const WriteGroup& group, const DropCounters& drops);
  Result<void> end_run(const RunKey& run, const RunEnd& end, const DropCounters& drops);
  /// Replaces the run's earlier report; a report of another writer stays beside it.
  Result<void> save_report(const RunKey& run, const StoredReport& report);
  /// Takes the place of what was said of the same settings from this run's data, unless a run has
  /// begun since: what was said before a run is never changed after it. Of "whatif" the latest
  /// hundred are kept.
  Result<void> keep_prediction(const RunKey& run, const StoredPrediction& said);
  /// Flushes to the disk itself (fsync of the WAL), for events and the end.
  Result<void> sync();

  // Reading.
  /// The job with the newest run first.
  Result<std::vector<JobOverview>> jobs();
  /// Run 1 first. Errors: not_found.
  Result<std::vector<StoredRun>> runs(std::string_view job_id);
  /// `text`: a job id, a name, a unique beginning of either, or "last". Errors: not_found; invalid
  /// when several jobs begin with it (the message names them).
  Result<std::string> resolve_job(std::string_view text);
  /// The latest run, or the one with this number.
  Result<StoredRun> run(std::string_view job_id, std::optional<std::int64_t> number = std::nullopt);
  /// Those without an end, whoever records them: the newest first.
  Result<std::vector<StoredRun>> unended_runs();
  /// The newest run of this trainer, ended or not. Absent: it has none here.
  Result<std::optional<StoredRun>> run_of_process(ProcessIdentity process,
                                                  std::string_view boot_id);
  /// Absent: no row of this journal was ever written here.
  Result<std::optional<StoredJournal>> journal(std::string_view journal_id);
  Result<std::vector<StoredEvent>> events(const RunKey& run);
  Result<std::optional<StoredReport>> report(const RunKey& run);
  /// What analysed runs left, the newest first, `most` at most.
  Result<std::vector<ModelOfRun>> models(const LikeRuns& like, std::size_t most);
  /// The latest that was said of these settings, in time. Absent: nothing was.
  Result<std::optional<PredictionOfRun>> prediction(const LikeRuns& like,
                                                    std::string_view settings);
  /// As for_each_sample gives it. Absent: the run has none.
  Result<std::optional<SampleRow>> last_sample(const RunKey& run);
  /// In time order, with the GPUs and tenants kept for a sample, without its processes and
  /// theirs.
  Result<void> for_each_sample(const RunKey& run, const std::function<void(const SampleRow&)>& use);
  /// The same, of samples later than `unix_seconds`.
  Result<void> for_each_sample_after(const RunKey& run, double unix_seconds,
                                     const std::function<void(const SampleRow&)>& use);
  /// The `most` newest, in time order.
  Result<std::vector<StoredEvent>> last_events(const RunKey& run, std::size_t most);
  /// Those of the `most` highest numbers, by number.
  Result<std::vector<StepRecord>> last_steps(const RunKey& run, std::size_t most);
  /// Another number after any commit of another connection: what was read is then out of date.
  Result<std::int64_t> version();
  /// By step number, equal numbers in the order they came: time order, as long as the trainer does
  /// not go back. A million steps are never held at once.
  Result<void> for_each_step(const RunKey& run, const std::function<void(const StepRecord&)>& use);
  /// Where the rows end now. A follower begins here.
  Result<RowMark> row_mark();
  /// The run's rows behind `after`, up to `last`, in the order in which they were written: what is
  /// new costs what it is, not what the run has. A step that is merged with an earlier row is not
  /// new.
  Result<void> for_each_row_between(const RunKey& run, const RowMark& after, const RowMark& last,
                                    const RowReaders& use);
  /// In time order.
  Result<void> for_each_allocator_record(const RunKey& run,
                                         const std::function<void(const AllocatorRecord&)>& use);
  /// What processes held on one device at one sample. MIG slices share an index: `device_uid` tells
  /// them apart; empty: all of them.
  Result<std::vector<GpuProcess>> gpu_processes(std::int64_t sample_id, std::int32_t device_index,
                                                std::string_view device_uid = {});
  /// What went wrong in the run's output: by reader, in the order of its stream.
  Result<std::vector<LogErrorRecord>> log_errors(const RunKey& run);
  /// How far the output had come when. In time order.
  Result<std::vector<LogMark>> log_marks(const RunKey& run);
  /// The processes kept for one sample.
  Result<std::vector<ProcessSample>> processes(std::int64_t sample_id);

  // Removing. In many short transactions, so that other writers get their turn; what an interrupted
  // call left is found by the next.
  /// Everything under this id, other writers' rows too. Errors: not_found.
  Result<void> remove_job(std::string_view job_id);
  /// Removes runs that ended before `older_than_unix_seconds` (a run without an end: whose last
  /// record is older), except each job's newest `keep_last`; a job without runs goes too. Returns
  /// how many runs went.
  Result<std::int64_t> prune(double older_than_unix_seconds, std::int64_t keep_last);

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Moves all that Tidemark keeps from one database to another and drops its tables from the first.
/// Ids and run numbers go on behind those that the other has already. Both are locked meanwhile; a
/// call that was interrupted is finished by the next, and no row is there twice. Returns the number
/// of rows. Errors: those of `Store::open`, busy.
Result<std::int64_t> move_store(const std::filesystem::path& from, const std::filesystem::path& to);

/// Whether the file has a table of Tidemark's. No file: it has none.
Result<bool> has_store_tables(const std::filesystem::path& file);

/// Removes a database, and its sidecar files, that has no table at all.
Result<void> remove_empty_database(const std::filesystem::path& file);

}  // namespace tidemark
