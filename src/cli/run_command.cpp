#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <utility>

#include "cli/commands.h"
#include "cli/database_location.h"
#include "cli/finish_run.h"
#include "cli/monitor_process.h"
#include "cli/open_store.h"
#include "cli/output_tap.h"
#include "cli/run_liveness.h"
#include "cli/run_request.h"
#include "cli/terminal_output.h"
#include "launcher/launcher.h"
#include "os/system_clock.h"

namespace tidemark {
namespace {

constexpr std::chrono::milliseconds kTapCloseWait{500};

/// The monitor as far as it could be started: a run goes on without one.
struct Companion {
  std::optional<MonitorProcess> monitor{};
  std::optional<OutputTap> tap{};
};

Companion start_companion(const MonitorRequest& request) {
  Companion companion;
  auto tap = OutputTap::open();
  if (!tap) {
    say(tap.error().message + "; the run is not monitored");
    return companion;
  }
  auto monitor = MonitorProcess::start(request, std::move(tap->second));
  if (!monitor) {
    say(monitor.error().message + "; the run is not monitored");
    return companion;
  }
  companion.monitor.emplace(std::move(*monitor));
  companion.tap.emplace(std::move(tap->first));
  return companion;
}

LaunchHooks hooks_for(Companion& companion, ProcessIdentity& trainer) {
  LaunchHooks hooks;
  hooks.on_started = [&companion, &trainer](ProcessIdentity id) {
    trainer = id;
    if (!companion.monitor) return std::vector<std::string>{};
    const auto greeting = companion.monitor->announce(id);
    for (const auto& notice : greeting.notices) say(notice);
    return journal_environment(greeting.journal, id);
  };
  if (companion.tap)
    hooks.on_output = [&companion](std::span<const char> bytes) { companion.tap->put(bytes); };
  hooks.on_output_file = [&companion](const std::string& path, long long offset) {
    if (companion.monitor)
      companion.monitor->announce_output_file({.file = path, .file_offset = offset});
  };
  return hooks;
}

ReapedTrainer reaped_from(const LaunchOutcome& outcome, const Companion& companion) {
  ReapedTrainer reaped{.wait_status = outcome.wait_status, .signals_sent = outcome.signals_sent};
  reaped.max_rss = outcome.max_rss;
  if (companion.tap) reaped.output_bytes_dropped = companion.tap->dropped_bytes();
  return reaped;
}

int print_short_report(const MonitorMessage& done, const MonitoringSettings& settings) {
  if (done.database.empty()) return fail_with(std::string{"nothing of this run could be stored"});
  if (!settings.analyze_on_complete) {
    say("recorded as " + done.job_id + " run " + std::to_string(done.run_number) + " in " +
        done.database);
    return 0;
  }
  auto store = Store::open(done.database, {.read_only = true});
  if (!store) return fail_with(store.error());
  const auto run = store->run(done.job_id, done.run_number);
  if (!run) return fail_with(run.error());
  const auto report = build_report(*store, *run, report_options_for(*run));
  if (!report) return fail_with(report.error());
  auto style = text_style_for(STDERR_FILENO);
  style.short_form = true;
  (void)std::fputs(report_text(*report, style).c_str(), stderr);
  say_where_it_is(done.database);
  return 0;
}

// The monitor died during the run: what it stored stays, the end is what wait4 said.
void finish_without_monitor(const MonitorRequest& request, ProcessIdentity trainer,
                            const ReapedTrainer& reaped) {
  say("the monitor ended before the run did; what it had recorded is kept, later samples are "
      "missing");
  auto recording = record_end_alone(request, trainer, reaped);
  if (!recording) {
    say(recording.error().message);
    return;
  }
  if (const auto finished = finish_run(*recording, request.info); !finished)
    say(finished.error().message);
  print_short_report({.done = true,
                      .database = recording->database.string(),
                      .job_id = recording->run->job_id,
                      .run_number = recording->run->number},
                     request.info.settings);
}

int exit_code_for_failed_start(const Error& error) {
  say(error.message);
  if (error.code == Errc::not_found) return 127;  // the shells' convention
  return error.code == Errc::permission ? 126 : 1;
}

// The last act: notes of the launcher, and a Ctrl-C that the shell is to know of.
int end_as_trainer(const LaunchOutcome& outcome) {
  for (const auto& note : outcome.notes) say(note);
  pass_on_keyboard_signal(outcome);
  return exit_code_of(outcome.wait_status);
}

int launch_unmonitored(const LaunchRequest& request) {
  const auto outcome = launch(request, {});
  return outcome ? end_as_trainer(*outcome) : exit_code_for_failed_start(outcome.error());
}

}  // namespace

int run_command(const RunOptions& options) {
  auto prepared = prepare_run(options);
  if (!prepared) {
    const int code = fail_with(prepared.error());
    return prepared.error().code == Errc::invalid ? 2 : code;
  }
  for (const auto& warning : prepared->warnings) say(warning);
  const MonitorRequest& request = prepared->request;
  const LaunchRequest to_launch{
      .command = options.command, .capture = !options.no_capture, .log_file = options.log};
  if (!request.info.settings.enabled) {
    say("monitoring is off for this job (monitoring.enabled); the run is not recorded");
    return launch_unmonitored(to_launch);
  }
  auto companion = start_companion(request);
  ProcessIdentity trainer;
  const auto outcome = launch(to_launch, hooks_for(companion, trainer));
  if (!outcome) return exit_code_for_failed_start(outcome.error());
  if (companion.monitor) {
    companion.tap->close(kTapCloseWait);
    const auto reaped = reaped_from(*outcome, companion);
    const auto farewell = companion.monitor->finish(reaped);
    for (const auto& notice : farewell.notices) say(notice);
    if (farewell.done)
      print_short_report(*farewell.done, request.info.settings);
    else
      finish_without_monitor(request, trainer, reaped);
  }
  return end_as_trainer(*outcome);
}

}  // namespace tidemark
