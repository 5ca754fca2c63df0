// One run being recorded: turns readings into rows and events and hands them to the writer. Knows
// what was seen of the run; does not wait for anything (loop.cpp does).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "monitor/allocator_thinning.h"
#include "monitor/event_detector.h"
#include "monitor/journal_rows.h"
#include "monitor/kept_details.h"
#include "monitor/monitor.h"
#include "monitor/row_writer.h"
#include "monitor/sampling_schedule.h"

namespace tidemark {

class Recorder {
 public:
  Recorder(const RunInfo& info, Sensors& sensors, const Clock& clock, RowWriter& writer);

  /// Sample and event `training_start`, with the config snapshot (of a run that is resumed:
  /// `monitoring_resumed`).
  void start(bool resumed);

  /// Does what is due now: the cheap look, a sample when its time has come, when memory climbs or
  /// when the run's family changed.
  void tick();

  /// Steps that the output showed.
  void take_steps(std::vector<StepRecord> steps, bool at_end);

  /// How far the output has come, and what went wrong in it.
  void take_log(std::optional<LogMark> mark, std::optional<LogErrors> errors);

  /// What the trainer recorded itself. Its events get a sample of this moment.
  void take_journal(JournalRows rows);

  /// A phase that the output tells of. Passed over where the trainer tells of phases itself.
  void take_phase(const OutputPhase& phase, bool at_end);

  /// What the user should know of the sensing, once: kept as an event and handed back.
  std::optional<std::string> take_notice();

  void notice(const std::string& line);

  /// The critical line was crossed since the last call.
  std::optional<EventRecord> take_critical() { return std::exchange(critical_, std::nullopt); }

  /// The kernel's account of a kill becomes a sample of that moment, where the run is in it.
  void take_oom_report(const OomReport& report);

  /// The trainer's cgroup counted a kill since the call before.
  bool kill_was_counted();

  /// A last sample with the events `process_exit` and `training_end`; fills what only it knows into
  /// `observation`.
  void end(RunObservation& observation);

  std::chrono::nanoseconds until_next() const;
  /// The last look saw a pool over the run's critical line.
  bool under_pressure() const { return under_pressure_; }
  /// What that look saw. Absent: nothing could be read.
  const std::optional<QuickLook>& last_look() const { return look_; }
  /// The process that holds the run's memory, as the last sample has it.
  ProcessIdentity main_process() const;
  /// An event of now, with a sample.
  void add_event(std::string type, std::string details);
  double unix_now() const { return info_.anchor.unix_seconds(clock_.now()); }

 private:
  void record(SampleCause cause, std::vector<EventRecord> extra = {}, WriteGroup with = {});
  void note_steps(const std::vector<StepRecord>& steps);
  bool keeps_details(const SampleRow& row, bool has_events);
  void fill_growth(RunObservation& observation) const;

  RunInfo info_;
  Sensors& sensors_;
  const Clock& clock_;
  RowWriter& writer_;
  SamplingSchedule schedule_;
  EventDetector detector_;
  std::optional<HostSample> last_{};
  std::optional<HostSample> first_{};
  std::optional<SampleRow> last_living_{};
  std::optional<std::uint64_t> counted_kills_{};
  std::optional<std::int64_t> last_step_{}, total_steps_{};
  std::optional<double> last_step_at_{}, last_record_at_{};
  TrainerWord said_{};
  bool tells_phases_ = false;  // the trainer itself
  AllocatorThinning allocator_thinning_{};
  bool under_pressure_ = false;
  std::optional<QuickLook> look_{};
  std::optional<EventRecord> critical_{};
  Bytes highest_seen_{}, highest_on_gpus_{};
  TenantThinning tenants_{};
  double details_kept_at_ = 0;
  std::optional<StepRecord> thinned_{};  // the newest step that performance_log_every left out
};

}  // namespace tidemark
