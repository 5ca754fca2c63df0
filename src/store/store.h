// The run on disk. SQLite stays behind this header. Rows go in by write groups, one transaction each;
// they come back as telemetry values, streamed. No call throws; none waits longer than `busy_wait`.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/drops.h"
#include "core/result.h"
#include "telemetry/event.h"
#include "telemetry/run.h"
#include "telemetry/sample_row.h"
#include "telemetry/step.h"

namespace tidemark {

inline constexpr int kSchemaVersion = 1;

struct StoreOptions {
  bool read_only = false;
  bool create = true;                            // make the file and its folder when missing
  std::chrono::milliseconds busy_wait{5000};     // SQLite's busy timeout for each statement
};

/// What a transaction of the monitor writes. Rows keep their order.
class WriteGroup {
 public:
  /// The index by which an event of the same group refers to this sample.
  std::size_t add(SampleRow sample);
  void add(EventRecord event, std::optional<std::size_t> sample_index = std::nullopt);
  void add(StepRecord step);
  bool empty() const;
  std::size_t row_count() const;

  struct EventEntry {
    EventRecord event;
    std::optional<std::size_t> sample_index;
  };
  std::vector<SampleRow> samples{};
  std::vector<EventEntry> events{};
  std::vector<StepRecord> steps{};
};

/// A run as it is stored.
struct RunKey {
  std::int64_t id = 0;     // of this database
  std::string job_id{};
  std::int64_t number = 1; // 1, 2, ... within its job
};

struct StoredRun {
  RunKey key{};
  RunInfo info{};
  std::optional<RunEnd> end{};  // absent: it runs, or its monitor died
  DropCounters drops{};
};

struct StoredEvent {
  EventRecord event{};
  std::optional<Bytes> used{};  // the machine's, at its memory_snapshot_id
};

/// A job with its latest run, as `tidemark jobs` lists it.
struct JobOverview {
  std::string job_id{};
  std::string name{};
  std::int64_t run_count = 0;
  StoredRun latest{};
  std::optional<double> peak_memory_gb{};       // of the latest report
  std::optional<std::string> health_score{};
  std::optional<std::int64_t> last_step{};
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
};

class Store {
 public:
  static Result<Store> open(const std::filesystem::path& file, StoreOptions options = {});
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // Writing.
  /// Makes the job when its id (or, without one, its name) is new, and its next run.
  Result<RunKey> begin_run(const RunInfo& info);
  /// One transaction; everything or nothing. `drops` are the run's totals so far.
  Result<void> write(const RunKey& run, const WriteGroup& group, const DropCounters& drops);
  Result<void> end_run(const RunKey& run, const RunEnd& end, const DropCounters& drops);
  Result<void> save_report(const RunKey& run, const StoredReport& report);
  /// Flushes to the disk itself (fsync of the WAL), for events and the end.
  Result<void> sync();

  // Reading.
  Result<std::vector<JobOverview>> jobs();
  Result<std::vector<StoredRun>> runs(std::string_view job_id);
  /// `text`: a job id, a name, a unique beginning of either, or "last". Errors: not_found; invalid when
  /// several jobs begin with it (the message names them).
  Result<std::string> resolve_job(std::string_view text);
  /// The latest run, or the one with this number.
  Result<StoredRun> run(std::string_view job_id, std::optional<std::int64_t> number = std::nullopt);
  Result<std::vector<StoredEvent>> events(const RunKey& run);
  Result<std::optional<StoredReport>> report(const RunKey& run);
  /// In time order; a million steps are never held at once.
  Result<void> for_each_sample(const RunKey& run, const std::function<void(const SampleRow&)>& use);
  Result<void> for_each_step(const RunKey& run, const std::function<void(const StepRecord&)>& use);
  /// The processes kept for one sample.
  Result<std::vector<ProcessSample>> processes(std::int64_t sample_id);

  // Removing.
  Result<void> remove_job(std::string_view job_id);
  /// Removes runs that ended before `older_than_unix_seconds`, except each job's newest `keep_last`;
  /// a job without runs goes too. Returns how many runs went.
  Result<std::int64_t> prune(double older_than_unix_seconds, std::int64_t keep_last);

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tidemark
