#include "cli/finish_run.h"

#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "analysis/analysis.h"
#include "cli/journal_recovery.h"
#include "cli/run_liveness.h"
#include "cli/run_request.h"
#include "os/system_clock.h"

namespace tidemark {
namespace {

WaitOutcome outcome_of(int wait_status, bool from_pidfd) {
  WaitOutcome outcome{.source = from_pidfd ? "pidfd" : "wait4"};
  if (WIFEXITED(wait_status)) outcome.code = WEXITSTATUS(wait_status);
  if (WIFSIGNALED(wait_status)) outcome.signal = WTERMSIG(wait_status);
  return outcome;
}

void take_output(ExitFacts& facts, const OutputVerdict& output) {
  facts.keyboard_interrupt = output.keyboard_interrupt;
  facts.client_stop = output.client_stop;
  if (!output.exception) return;
  facts.exception = SeenError{.type = output.exception->type,
                              .message = output.exception->message,
                              .out_of_memory = output.exception->out_of_memory};
}

// Where the output shows nothing of it, the trainer's own last word through the journal does.
void take_word(ExitFacts& facts, const TrainerWord& said) {
  facts.said_completed = said.completed;
  facts.keyboard_interrupt = facts.keyboard_interrupt || said.keyboard_interrupt;
  if (facts.exception || !said.exception) return;
  facts.exception = SeenError{.type = said.exception->type,
                              .message = said.exception->message,
                              .out_of_memory = said.exception->out_of_memory};
}

// Where neither names what ended a run that failed, what its output says decided it does.
void take_deciding(ExitFacts& facts, const RunObservation& seen) {
  const bool ended_well = facts.outcome && facts.outcome->code == 0;
  if (facts.exception || !seen.deciding || ended_well || facts.said_completed == true) return;
  if (seen.deciding->severity == LogSeverity::warning) return;
  facts.exception = SeenError{.type = seen.deciding->exception,
                              .message = seen.deciding->message,
                              .out_of_memory = is_out_of_memory(*seen.deciding),
                              .at = seen.deciding->unix_seconds};
}

void take_kills(ExitFacts& facts, const RunObservation& seen) {
  for (const auto& kill : seen.oom_kills)
    facts.kernel_kills.push_back(
        {kill.pid, kill.name, kill.by_cgroup, kill.limiting_cgroup, kill.task_cgroup});
  facts.kernel_log_readable = seen.kernel_log_readable;
  facts.log_names = seen.log_names;
  facts.daemon_kills = seen.daemon_kills;
  facts.gpu_errors = seen.gpu_errors;
  facts.cgroup = seen.cgroup;
  facts.oom_levels = seen.oom_levels;
  for (std::size_t i = 0; i < seen.members.size(); ++i)
    facts.members.push_back({seen.members[i].pid, seen.member_names[i]});
  facts.cgroup_oom_kills = seen.cgroup_oom_kills;
  facts.cgroup_limit_hits = seen.cgroup_limit_hits;
  facts.host_oom_kills = seen.host_oom_kills;
  facts.host_oom_kills_at_end = seen.host_oom_kills_at_end;
}

std::optional<double> before(double end, std::optional<double> at) {
  if (!at || end <= 0) return std::nullopt;
  return std::max(0.0, end - *at);
}

LastSigns last_signs(const RunObservation& seen) {
  const double end = seen.seen_ended_at;
  LastSigns signs{.step = before(end, seen.last_step_at),
                  .output = before(end, seen.last_output_at),
                  .own_record = before(end, seen.last_record_at),
                  .step_number = seen.last_step};
  if (seen.last_sample) signs.sample = before(end, seen.last_sample->unix_seconds);
  return signs;
}

/// The client's line has a signal's name; the kernel's numbers are what the rest goes by.
std::optional<WaitOutcome> outcome_of(const ClientEnd& word) {
  constexpr int kMostSignals = 64;
  WaitOutcome outcome{.code = word.code, .source = "the client's word in the log"};
  for (int signal = 1; signal <= kMostSignals && !word.signal.empty(); ++signal)
    if (signal_name(signal) == word.signal) outcome.signal = signal;
  return outcome.code || outcome.signal ? std::optional{outcome} : std::nullopt;
}

/// Where the client's own table has the better word: it reaped the trainer, or the trainer told it
/// what its log does not have (a log that is gone, or was never read).
void take_client_word(ExitFacts& facts, const RunObservation& seen) {
  facts.client_word = seen.client_word;
  if (!seen.client_word || seen.client_word->state != ClientState::failed) return;
  const auto reaped = parse_client_end(seen.client_word->info);
  if (!facts.outcome && reaped) facts.outcome = outcome_of(*reaped);
  const bool ended_well = facts.outcome && facts.outcome->code == 0;
  if (!facts.exception && !reaped && !ended_well && !seen.client_word->info.empty())
    facts.exception = SeenError{.message = seen.client_word->info};
}

ExitFacts facts_of(const RunObservation& seen, const RunInfo& info) {
  ExitFacts facts;
  facts.main_pid = info.process.pid;
  if (seen.wait_status)
    facts.outcome = outcome_of(*seen.wait_status, seen.wait_status_from_pidfd);
  else
    facts.outcome_unknown_because =
        !seen.unseen_because.empty() ? seen.unseen_because
        : seen.stopped_watching
            ? "watching was stopped while the process still ran"
            : "the process was not started by tidemark, and its exit status was not to be had "
              "(Linux keeps it for others since 6.15, once its parent has asked for it)";
  if (!facts.outcome && seen.output.client_end && !seen.stopped_watching)
    facts.outcome = outcome_of(*seen.output.client_end);
  facts.last_signs = last_signs(seen);
  for (const int signal : seen.signals_sent) facts.signals_handed_on.push_back(signal);
  facts.output_seen = seen.output_seen;
  take_output(facts, seen.output);
  take_word(facts, seen.said);
  take_deciding(facts, seen);
  take_client_word(facts, seen);
  facts.machine_restarted = seen.machine_restarted;
  take_kills(facts, seen);
  if (seen.last_sample) facts.last_pools = pools_at_exit(*seen.last_sample);
  if (seen.last_step && seen.total_steps)
    facts.reached_last_step =
        *seen.last_step + 1 >= *seen.total_steps;  // numbered from 0, or from 1
  return facts;
}

}  // namespace

Result<Report> make_report(Store& store, const RunKey& key) {
  const auto run = store.run(key.job_id, key.number);
  if (!run) return std::unexpected(run.error());
  auto report = build_report(store, *run, report_options_for(*run));
  if (!report) return report;
  const double now = to_seconds(SystemClock{}.wall() - WallTime{});
  if (const auto saved = store.save_report(key, to_stored(*report, now)); !saved)
    return std::unexpected(saved.error());
  return report;
}

namespace {

/// What the guard did is known, whatever the trainer made of it: with SIGINT caught a program may
/// leave with any code.
RunExit with_guard(RunExit exit, const RunObservation& seen) {
  const bool short_of_its_end =
      seen.last_step && seen.total_steps && *seen.last_step + 1 < *seen.total_steps;
  const bool completed = exit.kind == ExitKind::completed && !short_of_its_end;
  if (seen.guard_signals.empty() || completed || is_oom(exit.kind)) return exit;
  std::string signals;
  for (const int signal : seen.guard_signals)
    signals += (signals.empty() ? "" : ", then ") + signal_name(signal);
  exit.kind = ExitKind::stopped;
  exit.evidence.insert(exit.evidence.begin(),
                       "Tidemark's guard sent " + signals + ": " + seen.guard_reason);
  return exit;
}

}  // namespace

Result<void> finish_run(Recording& recording, const RunInfo& info) {
  const auto& seen = recording.observation;
  if (seen.stopped_watching) return {};  // the run goes on: it has no end yet
  const RunEnd end{.unix_seconds = recording.ended_at,
                   .exit = with_guard(classify_exit(facts_of(seen, info)), seen),
                   .main_max_rss = seen.main_max_rss,
                   .monitor_cpu_seconds = recording.cost.cpu_seconds,
                   .monitor_pss = recording.cost.pss};
  if (auto ended = recording.store->end_run(*recording.run, end, recording.drops); !ended)
    return ended;
  if (!info.settings.analyze_on_complete) return {};
  if (auto report = make_report(*recording.store, *recording.run); !report)
    return std::unexpected(report.error());
  return recording.store->sync();
}

Result<Recording> record_end_alone(const MonitorRequest& request, ProcessIdentity trainer,
                                   const ReapedTrainer& reaped) {
  const SystemClock clock;
  const HostRoot host;
  RunInfo info = request.info;
  info.process = trainer;
  fill_local_facts(info, host, clock);
  // What the trainer recorded after its monitor's death.
  const auto recovery = recover_orphans(request.database, host, trainer);
  auto store = Store::open(request.database, {});
  if (!store) return std::unexpected(store.error());
  Recording recording;
  recording.database = request.database;
  recording.ended_at = info.anchor.unix_seconds(clock.now());
  const auto begun = store->run_of_process(info.process, info.boot_id);
  if (!begun) return std::unexpected(begun.error());
  if (*begun && ((*begun)->end || unended_state(**begun, host) == Unended::recording))
    return fail(Errc::busy, "another monitor went on with job " + (*begun)->info.job_name +
                                " run " + std::to_string((*begun)->key.number) +
                                ", and stores its end");
  if (*begun) {
    recording.run = (*begun)->key;
    recording.drops = (*begun)->drops;
  } else {
    auto fresh = store->begin_run(info);
    if (!fresh) return std::unexpected(fresh.error());
    recording.run = std::move(*fresh);
  }
  recording.observation.wait_status = reaped.wait_status;
  recording.observation.main_max_rss = reaped.max_rss;
  recording.observation.signals_sent = reaped.signals_sent;
  for (const auto& journal : recovery.journals) recording.observation.said = journal.said;
  WriteGroup group;
  group.add(EventRecord{recording.ended_at, "process_exit", R"({"recorded_by": "launcher"})"});
  group.add(EventRecord{recording.ended_at, "training_end", {}});
  if (auto written = store->write(*recording.run, group, recording.drops); !written)
    return std::unexpected(written.error());
  recording.store = std::move(*store);
  return recording;
}

}  // namespace tidemark
