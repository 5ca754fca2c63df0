#include "monitor/recorder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "monitor/event_details.h"
#include "monitor/kill_row.h"
#include "monitor/row_builder.h"

namespace tidemark {
namespace {

// Rows of single processes are large beside the sample itself (17 rows with 16 workers), so they
// are kept where they will be asked for: at events, at a new peak, and once in this time.
constexpr double kDetailsEverySeconds = 60;
// A new peak within this share of the last one tells nothing new about who held it.
constexpr double kNewPeakRatio = 0.02;

// Further apart than this the kernel log's clock and ours do not tell the same moment.
constexpr double kSameKillSeconds = 60;

bool is_phase(const WriteGroup::EventEntry& entry) {
  const auto& type = entry.event.type;
  return type.ends_with("_start") && type != "training_start" && type != "worker_start";
}

std::optional<std::uint64_t> growth(std::optional<std::uint64_t> from,
                                    std::optional<std::uint64_t> to) {
  if (!from || !to || *to < *from) return std::nullopt;
  return *to - *from;
}

}  // namespace

Recorder::Recorder(const RunInfo& info, Sensors& sensors, const Clock& clock, RowWriter& writer)
    : info_(info),
      sensors_(sensors),
      clock_(clock),
      writer_(writer),
      schedule_(from_seconds(info.settings.sample_interval_seconds)),
      detector_(info.settings, info.anchor) {}

std::chrono::nanoseconds Recorder::until_next() const {
  return schedule_.until_next(clock_.now());
}

void Recorder::start(bool resumed) {
  const char* const type = resumed ? "monitoring_resumed" : "training_start";
  record(SampleCause::event, {{unix_now(), type, start_details(info_)}});
}

std::optional<std::string> Recorder::take_notice() {
  auto line = sensors_.take_notice();
  if (line) notice(*line);
  return line;
}

void Recorder::tick() {
  const auto now = clock_.now();
  std::vector<EventRecord> events;
  if (auto stepped = detector_.detect_clock_step(now, clock_.wall()))
    events.push_back(std::move(*stepped));
  look_ = sensors_.quick_look();
  const auto& look = look_;
  under_pressure_ = look && ratio(look->used, look->limit) >= info_.settings.memory_critical_ratio;
  if (under_pressure_) writer_.hurry();
  if (sensors_.family_changed() || !events.empty()) {
    record(SampleCause::event, std::move(events));
  } else if (schedule_.regular_due(now)) {
    if (const auto missed = schedule_.missed(now); missed > 0)
      writer_.count_drop(Drop::tick_late, missed);
    record(SampleCause::tick);
  } else if (look && schedule_.climb_due(now, *look)) {
    record(SampleCause::climb);
  }
}

void Recorder::record(SampleCause cause, std::vector<EventRecord> extra, WriteGroup with) {
  auto sample = sensors_.sample();
  schedule_.sampled(sample.at, sample.took, sensors_.quick_look());
  auto row = build_row(sample, last_ ? &*last_ : nullptr, info_.anchor, cause, true);
  auto events = detector_.detect(sample, row, sensors_.cgroup_path());
  events.insert(events.begin(), std::make_move_iterator(extra.begin()),
                std::make_move_iterator(extra.end()));
  if (!info_.settings.track_per_process) forget_processes(row);
  if (!events.empty()) row.cause = SampleCause::event;
  if (row.main_rss) last_living_ = row;
  if (!keeps_details(row, !events.empty())) drop_details(row);
  tenants_.thin(row, sample.tenants);
  if (!first_) first_ = sample;
  last_ = std::move(sample);

  for (const auto& event : events)
    if (event.type == "memory_critical") critical_ = event;
  const bool synced = !events.empty() || !with.events.empty();
  const auto index = with.add(std::move(row));
  for (auto& entry : with.events)
    if (!entry.sample_index) entry.sample_index = index;
  for (auto& event : events) with.add(std::move(event), index);
  writer_.push(std::move(with), synced ? Urgency::synced : Urgency::batched);
}

bool Recorder::keeps_details(const SampleRow& row, bool has_events) {
  const Bytes used = row.cgroup_working_set.value_or(row.used.value_or(Bytes{}));
  const Bytes on_gpus = row.gpu_memory_used.value_or(Bytes{});
  const bool new_peak = ratio(used - highest_seen_, highest_seen_) > kNewPeakRatio ||
                        ratio(on_gpus - highest_on_gpus_, highest_on_gpus_) > kNewPeakRatio;
  highest_seen_ = std::max(highest_seen_, used);
  highest_on_gpus_ = std::max(highest_on_gpus_, on_gpus);
  const bool keep =
      has_events || new_peak || row.unix_seconds - details_kept_at_ >= kDetailsEverySeconds;
  if (keep) details_kept_at_ = row.unix_seconds;
  return keep;
}

void Recorder::take_steps(std::vector<StepRecord> steps, bool at_end) {
  const auto every = info_.settings.performance_log_every;
  note_steps(steps);
  WriteGroup group;
  for (auto& step : steps) {
    if (every > 1 && step.source == StepSource::bar && step.step % every != 0) {
      thinned_ = std::move(step);
      continue;
    }
    if (thinned_ && step.step >= thinned_->step) thinned_.reset();
    group.add(std::move(step));
  }
  // The last step says how far the run came, whatever was thinned.
  if (at_end && thinned_) group.add(std::move(*std::exchange(thinned_, std::nullopt)));
  if (!group.empty()) writer_.push(std::move(group), Urgency::batched);
}

void Recorder::take_log(std::optional<LogMark> mark, std::optional<LogErrors> errors) {
  if (!mark && !errors) return;
  WriteGroup group;
  const auto urgency = errors ? Urgency::synced : Urgency::batched;
  if (mark) group.add(std::move(*mark));
  if (errors) group.add(std::move(*errors));
  writer_.push(std::move(group), urgency);
}

void Recorder::note_steps(const std::vector<StepRecord>& steps) {
  for (const auto& step : steps) {
    if (step.rank != 0) continue;
    // A loss log comes behind the bar, and may have only every tenth step.
    const bool behind = step.source == StepSource::loss_log && last_step_ > step.step;
    if (!behind) last_step_ = step.step;
    last_step_at_ = std::max(last_step_at_.value_or(0), step.unix_seconds);
    if (step.total_steps) total_steps_ = step.total_steps;
  }
}

// A trainer that records events all the time must not make us sample all the time.
void Recorder::take_journal(JournalRows rows) {
  note_steps(rows.group.steps);
  take_word(said_, std::move(rows.said));
  for (const auto& step : rows.group.steps)
    last_record_at_ = std::max(last_record_at_.value_or(0), step.unix_seconds);
  for (const auto& entry : rows.group.events)
    last_record_at_ = std::max(last_record_at_.value_or(0), entry.event.unix_seconds);
  tells_phases_ = tells_phases_ || std::ranges::any_of(rows.group.events, is_phase);
  allocator_thinning_.thin(rows.group.allocators);
  const auto now = clock_.now();
  if (!rows.group.events.empty() && schedule_.may_sample(now))
    record(SampleCause::event, {}, std::move(rows.group));
  else
    writer_.push(std::move(rows.group), under_pressure_ ? Urgency::synced : Urgency::at_once);
}

void Recorder::take_phase(const OutputPhase& phase, bool at_end) {
  if (tells_phases_) return;
  EventRecord event{phase.unix_seconds,
                    std::string{phase.name} + (phase.begins ? "_start" : "_end"),
                    R"({"source":"output"})"};
  if (!at_end && schedule_.may_sample(clock_.now()))
    return record(SampleCause::event, {std::move(event)});
  WriteGroup group;
  group.add(std::move(event));
  writer_.push(std::move(group), Urgency::at_once);
}

void Recorder::notice(const std::string& line) {
  WriteGroup group;
  group.add(EventRecord{unix_now(), "monitor_notice", notice_details(line)});
  writer_.push(std::move(group), Urgency::batched);
}

ProcessIdentity Recorder::main_process() const {
  if (last_)
    for (const auto& process : last_->processes)
      if (process.role == ProcessRole::main) return process.id;
  return info_.process;
}

void Recorder::add_event(std::string type, std::string details) {
  record(SampleCause::event, {{unix_now(), std::move(type), std::move(details)}});
}

bool Recorder::kill_was_counted() {
  if (!last_ || !last_->cgroup) return false;
  const auto before = std::exchange(counted_kills_, last_->cgroup->oom_kill_total);
  return before && counted_kills_ && *counted_kills_ > *before;
}

// printk's clock may be off the boot clock by a little: what the trainer is known to have done
// before it died comes first.
void Recorder::take_oom_report(const OomReport& report) {
  if (!last_living_ || !report.at) return;
  const double now = unix_now();
  const double known_alive = std::max(last_record_at_.value_or(0), last_living_->unix_seconds);
  double at = info_.anchor.unix_seconds(*report.at);
  if (std::abs(at - known_alive) > kSameKillSeconds) at = known_alive;
  at = std::min(std::max(at, known_alive), now);
  auto row = row_at_kill(*last_living_, main_process().pid, report, at);
  if (!row) return;
  last_living_ = *row;
  WriteGroup group;
  group.add(std::move(*row));
  writer_.push(std::move(group), Urgency::synced);
}

void Recorder::end(RunObservation& observation) {
  fill_growth(observation);
  std::vector<EventRecord> events;
  const double now = unix_now();
  observation.said = said_;
  if (observation.output.exception && !said_.exception) {  // the trainer recorded its own
    const auto& seen = *observation.output.exception;
    events.push_back({now, seen.out_of_memory ? "oom_error" : "exception",
                      exception_details(seen.type, seen.message)});
  }
  if (!observation.stopped_watching) {
    events.push_back({now, "process_exit", exit_details(observation)});
    events.push_back({now, "training_end", {}});
  }
  record(SampleCause::event, std::move(events));
  fill_growth(observation);  // counters of the last sample too
}

void Recorder::fill_growth(RunObservation& observation) const {
  observation.last_sample = last_living_;
  observation.last_step = last_step_;
  observation.total_steps = total_steps_;
  observation.last_step_at = last_step_at_;
  observation.last_record_at = last_record_at_;
  observation.cgroup = sensors_.cgroup_path();
  observation.oom_levels = sensors_.oom_levels();
  observation.members.clear();
  observation.member_names.clear();
  for (const auto& [id, name] : detector_.members()) {
    observation.members.push_back(id);
    observation.member_names.push_back(name);
  }
  if (!first_ || !last_) return;
  observation.host_oom_kills =
      growth(first_->counters.oom_kill_total, last_->counters.oom_kill_total);
  if (last_living_)
    observation.host_oom_kills_at_end =
        growth(last_living_->oom_kill_total, last_->counters.oom_kill_total);
  if (!first_->cgroup || !last_->cgroup) return;
  // A trainer that was moved has left the cgroup whose count was read first.
  const auto& levels = observation.oom_levels.levels;
  observation.cgroup_oom_kills =
      !levels.empty() && levels.front().kills
          ? levels.front().kills
          : growth(first_->cgroup->oom_kill_total, last_->cgroup->oom_kill_total);
  observation.cgroup_limit_hits =
      growth(first_->cgroup->limit_hits_total, last_->cgroup->limit_hits_total);
}

}  // namespace tidemark
