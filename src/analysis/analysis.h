// Pure functions from what was recorded to what it means. Knows no store, no clock, no files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/exit_classifier.h"
#include "analysis/format_text.h"
#include "analysis/ledger.h"
#include "analysis/memory_model.h"
#include "analysis/run_components.h"
#include "analysis/run_shape.h"
#include "core/bytes.h"
#include "core/drops.h"
#include "jobconfig/jobconfig.h"
#include "recipe/recipe.h"
#include "telemetry/allocator_record.h"
#include "telemetry/event.h"
#include "telemetry/log_record.h"
#include "telemetry/run.h"
#include "telemetry/sample_row.h"
#include "telemetry/step.h"

namespace tidemark {

enum class Severity : std::uint8_t { info, warning, critical };
std::string_view name_of(Severity severity);

enum class Health : std::uint8_t { good, warning, critical };
std::string_view name_of(Health health);

std::string_view name_of(Basis basis);

/// A memory with a limit, and the highest it was seen at.
struct PoolPeak {
  PoolKind kind = PoolKind::host;
  std::optional<std::int64_t> index{};  // of a GPU
  std::string name{};         // for people: "container limit", "machine memory", "memory of GPU 0"
  std::string device_uid{};   // of a GPU, where it is known: MIG slices share an index
  std::string device_name{};  // of a GPU, as its driver calls it
  Bytes limit{};
  Bytes peak{};                  // never over the limit; see `basis`
  double at = 0;                 // unix seconds of the peak
  std::optional<Bytes> bound{};  // the kernel's watermark: an upper bound
  Bytes sampled{};               // the highest that a sample showed
  /// measured: the highest sample. computed: the working set reached the limit, by a certain OOM
  /// kill. estimated: a sample and what the trainer's exact peak RSS (VmHWM, ru_maxrss) was above
  /// it.
  Basis basis = Basis::measured;
  bool confirmed = false;  // the kernel's watermark agrees: the only 'exact'
  double fraction() const { return ratio(peak, limit); }
};

/// One checkable statement; becomes one JSON object. `text` is the sentence, the rest is optional.
struct Evidence {
  std::string text{};
  std::string source{};  // "cgroup memory.events", "wait4", "smaps_rollup", ...
  std::optional<double> value{};
  std::string unit{};
  std::optional<double> at{};  // unix seconds
};

struct Component {
  std::string component{};  // the names that docs/analysis.md lists
  Bytes held{};
  Basis basis = Basis::measured;
  std::string detail{};
};

struct Finding {
  std::string id{};  // a name of contract/findings.md
  Severity severity = Severity::info;
  std::string title{};
  std::string explanation{};
  double confidence = 0;  // 0..1
  std::vector<Evidence> evidence{};
};

struct Saving {
  Bytes low{}, likely{}, high{};
  Basis basis = Basis::measured;
};

struct Recommendation {
  std::string id{};
  Severity severity = Severity::info;
  int priority = 0;  // 1 first
  std::string title{}, action{}, impact{};
  std::optional<std::string> config_path{};
  ConfigValue current_value{}, recommended_value{};
  std::optional<Saving> saves{};
  std::optional<Bytes> predicted_peak{}, predicted_peak_low{}, predicted_peak_high{};
  std::string cost{};
  std::string finding{};  // the finding it answers
  std::vector<Evidence> evidence{};
  /// What is to be written where, when it is applied; empty: no setting of the config.
  std::vector<SettingChange> changes{};
};

/// A usual piece of advice that is not given here, and why.
struct LeftOut {
  std::string id{};
  std::string why{};  // a sentence
};

/// The cheapest combination of recommendations that brings the predicted peak under the target at
/// the high end of its interval.
struct Plan {
  std::vector<std::string> recommendations{};  // their ids
  std::vector<SettingChange> changes{};
  Range peak{};  // predicted, in bytes
  Bytes target{};
  bool fits = false;
  std::string cost{};  // its price, for people
};

/// What the analysis needs of a run, gathered by streaming over its rows.
struct RunFacts {
  RunInfo info{};
  std::int64_t run_number = 1;
  std::optional<RunEnd> end{};
  DropCounters drops{};
  std::optional<double> first_sample_at{}, last_sample_at{};
  std::int64_t sample_count = 0;
  std::vector<PoolPeak> pools{};       // every pool that was seen, unordered
  std::optional<SampleRow> at_peak{};  // the sample at the limiting pool's peak
  std::optional<SampleRow> first{}, last{};
  std::optional<SampleRow> machine_peak{};  // the sample at the peak of the machine's own pool
  PoolKind machine = PoolKind::host;        // or unified
  LedgerBaseline baseline{};
  /// Of each device and rank the allocator's record that is nearest to `at_peak`.
  std::vector<AllocatorRecord> allocators{};
  std::int64_t step_count = 0;                                           // distinct steps recorded
  std::optional<std::int64_t> first_step{}, last_step{}, total_steps{};  // first and last in time
  std::optional<double> first_step_at{}, last_step_at{};
  std::int64_t steps_completed = 0;    // how far it came, whatever the numbering starts with
  std::int64_t oom_event_count = 0;    // oom_error and oom_kill events
  std::int64_t error_event_count = 0;  // exception and oom_error events
  std::int64_t log_error_count = 0;    // errors of the output that no event recorded
  std::int64_t log_oom_count = 0;      // failed allocations in the output, skipped batches too
  std::optional<LogErrorRecord> deciding{};             // what the output says decided the run
  std::optional<LogErrorRecord> skipped_batches{};      // what the client said of them
  std::uint64_t swap_in_pages = 0, swap_out_pages = 0;  // during the run
  std::int64_t worker_exits = 0;
  Unended unended = Unended::lost;         // when there is no `end`
  std::optional<SeenError> exception{};    // as the events recorded it, else as the output says
  std::optional<double> last_record_at{};  // of any kind
  /// Growth of the kernel's counters from the first sample to the last.
  std::optional<std::uint64_t> cgroup_oom_kills{}, cgroup_limit_hits{}, host_oom_kills{};
  std::optional<Bytes> highest_main_rss{}, exact_main_peak{};  // sampled; VmHWM or ru_maxrss
  std::optional<Bytes> highest_main_swap{};
  std::optional<double> highest_full_pressure{};  // PSI full avg10, 0..1
  /// What the main process gained in the last quarter of the time up to the limiting pool's peak.
  std::optional<Bytes> late_main_growth{};
  RunShape shape{};
};

/// Keeps `record` when it is, of its device and rank, nearer to the peak than the one kept so far.
void take_if_nearest(RunFacts& facts, const AllocatorRecord& record);

/// Streams rows into facts. Samples and events come in time order; steps in time order or by
/// number. What `RunFacts::shape` says of phases and batch sizes needs the events before the steps,
/// and the steps before the samples. What is not finite or not plausible (NaN timestamps, limits of
/// zero) is passed over.
class FactsBuilder {
 public:
  FactsBuilder(RunInfo info, std::int64_t run_number, std::optional<RunEnd> end,
               DropCounters drops);
  FactsBuilder(FactsBuilder&&) noexcept;
  FactsBuilder& operator=(FactsBuilder&&) noexcept;
  ~FactsBuilder();
  void add(const SampleRow& sample);
  void add(const EventRecord& event);
  void add(const StepRecord& step);
  void add(const SeenError& error);  // the exception that an event recorded
  /// What went wrong in the output; `has_event`: an event recorded the same.
  void add(const LogErrorRecord& error, bool has_event);
  void set_unended(Unended state);  // for a run without an end
  RunFacts finish() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct Summary {
  Health health = Health::good;
  bool training_completed = false;
  std::int64_t steps_completed = 0;
  std::optional<std::int64_t> total_steps{};
  std::optional<double> started_at{}, ended_at{};  // unix seconds, where they are known
  double duration_minutes = 0;                     // to the end, else to the last record
  std::int64_t error_count = 0, oom_count = 0;
  std::optional<double> steps_per_second{};
  std::int64_t dropped_records = 0;
  std::optional<PoolPeak> limiting_pool{};
  std::optional<std::string> primary_cause{};
  std::string verdict{};
};

struct Analysis {
  RunFacts facts{};
  RunExit exit{};
  RunStatus status = RunStatus::unknown;
  Summary summary{};
  std::vector<Component> breakdown{};
  std::optional<Ledger> ledger{};  // of the machine's memory at its highest
  std::vector<Finding> findings{};
  std::vector<Recommendation> recommendations{};
  std::optional<Recipe> recipe{};  // absent: no config of a known client
  std::string model_identity{};    // of the model that is trained; empty: likewise
  RunComponents parts{};
  std::optional<MemoryModel> own_model{};  // from this run's data alone
  std::optional<MemoryModel> model{};      // with what earlier runs tell
  std::optional<Plan> plan{};
  std::vector<LeftOut> left_out{};
};

/// The pool of `facts.pools` that came closest to its limit, or that the crash names. Absent: no
/// sample showed a pool with a limit.
std::optional<std::size_t> limiting_pool_of(const RunFacts& facts, const RunExit& exit);

/// True when the kernel killed a process of the run, or an allocation of it failed.
inline bool is_oom(ExitKind kind) {
  return kind == ExitKind::oom_killed || kind == ExitKind::oom_exception;
}

/// By memory alone: critical after an OOM or over 90% of the pool, warning over the warning
/// threshold.
Severity memory_severity(const Analysis& analysis);

/// True for what a plan's or a peak's cause may be; false for what ended the run otherwise, for
/// states, and for matters of time and training.
bool is_memory_cause(std::string_view finding_id);

/// `config` may be null: nothing is then said about settings. `earlier`: runs of the same model
/// (`model_identity`) on this machine, the newest first.
Analysis analyze(RunFacts facts, const JobConfig* config,
                 const std::vector<EarlierRun>& earlier = {});

}  // namespace tidemark
