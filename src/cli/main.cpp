// The words of the command line; what they do is in the *_command.cpp files.
#include <algorithm>
#include <charconv>
#include <CLI/CLI.hpp>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "cli/commands.h"
#include "launcher/launcher.h"

namespace {

using namespace tidemark;  // NOLINT(google-build-using-namespace): main is wiring over these names

struct Words {
  RunOptions run{};
  AttachOptions attach{};
  WatchOptions watch{};
  JobOptions job{};
  ApplyOptions apply{};
  WhatifOptions whatif{};
  DiffOptions diff{};
  JobsOptions jobs{};
  TopOptions top{};
  ExportCommandOptions exported{};
  ServeOptions serve{};
  LogOptions log{};
  DoctorOptions doctor{};
  RecoverOptions recover{};
  RemoveOptions remove{};
  PruneOptions prune{};
  IntegrateCommand integrate{};
  std::string filter_direction{};
  std::string filter_path{};
  int control_fd = -1;
  int output_fd = -1;
};

using Chosen = std::function<int()>;

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The same bounds as the config's (src/jobconfig/settings.cpp).
const CLI::Validator kInterval{[](std::string& text) -> std::string {
                                 const auto seconds = parse_number(text);
                                 if (seconds && *seconds >= 0.1 && *seconds <= 3600) return {};
                                 return "'" + text +
                                        "' is no number of seconds between 0.1 and 3600";
                               },
                               "SECONDS"};

const CLI::Validator kProcess{
    [](std::string& text) -> std::string {
      const auto pid = parse_number(text);
      if (pid && *pid >= 1 && *pid <= INT32_MAX && *pid == std::trunc(*pid)) return {};
      return "'" + text + "' is no process id";
    },
    "PID"};

void add_database(CLI::App& app, std::string& database) {
  app.add_option("--db", database,
                 "Database file (default: $TIDEMARK_DB, ai-toolkit's, or the user's)");
}

void add_notify(CLI::App& app, std::string& url) {
  app.add_option("--notify", url,
                 "Web hook (ntfy, Slack, Discord) that is told when a run dies, completes or "
                 "crosses the critical line (default: $TIDEMARK_NOTIFY)");
}

void add_recording_options(CLI::App& app, RunOptions& options) {
  app.add_option("--name", options.name,
                 "The job's name (default: the config's, else the script's)");
  app.add_option("--job-id", options.job_id,
                 "The job's id (default: the job of that name, or a new one)");
  app.add_option("--config", options.config,
                 "The job's config (default: the one on the command line); - reads standard input");
  app.add_option("--interval", options.interval_seconds,
                 "Seconds between background samples (default 5)")
      ->check(kInterval);
  app.add_option(
         "--guard", options.guard,
         "What to do when memory runs short: off (the default), warn, or stop (SIGINT, after "
         "30 s SIGTERM)")
      ->check(CLI::IsMember({"off", "warn", "stop"}));
  add_notify(app, options.notify);
  add_database(app, options.database);
}

void add_run(CLI::App& app, Words& words, Chosen& chosen) {
  auto* run = app.add_subcommand("run", "Start a command, monitor it, analyse it");
  add_recording_options(*run, words.run);
  run->add_option("--log", words.run.log,
                  "Write one more copy of the command's output to this file");
  run->add_flag("--no-capture", words.run.no_capture, "Leave the command's output alone");
  run->add_option("command", words.run.command, "The command and its arguments, after --")
      ->required();
  run->positionals_at_end();
  run->callback([&] { chosen = [&words] { return run_command(words.run); }; });
}

void add_attach(CLI::App& app, Words& words, Chosen& chosen) {
  auto* attach = app.add_subcommand("attach", "Monitor a running process until it ends");
  attach->add_option("--pid", words.attach.pid, "The process")->required()->check(kProcess);
  attach->add_option("--journal", words.attach.journal,
                     "The journal that the process made itself (import tidemark does)");
  attach->add_flag("--detach", words.attach.detach,
                   "Watch on in the background, and return once it does");
  attach->add_option("--job-table", words.attach.job_table)->group("");  // `watch` gives it
  add_recording_options(*attach, words.attach.common);
  attach->callback([&] { chosen = [&words] { return attach_command(words.attach); }; });
}

void add_watch(CLI::App& app, Words& words, Chosen& chosen) {
  auto* watch = app.add_subcommand("watch", "Monitor every job that ai-toolkit starts");
  watch->add_option("--aitk", words.watch.checkout, "ai-toolkit's folder")->required();
  add_notify(*watch, words.watch.notify);
  watch->add_option("--db", words.watch.database,
                    "Database file (default: aitk_metrics.db in ai-toolkit's folder, or where an "
                    "earlier watch was told)");
  watch->callback([&] { chosen = [&words] { return watch_command(words.watch); }; });
}

void add_job_commands(CLI::App& app, Words& words, Chosen& chosen) {
  const auto add = [&](const char* name, const char* help, int (*command)(const JobOptions&)) {
    auto* sub = app.add_subcommand(name, help);
    sub->add_option("job", words.job.job, "Job id, name, a unique beginning of either, or 'last'")
        ->required();
    sub->add_option("--run", words.job.run, "The job's run of this number (default: the latest)");
    sub->add_flag("--json", words.job.json, "Print JSON");
    add_database(*sub, words.job.database);
    sub->callback(
        [&words, &chosen, command] { chosen = [&words, command] { return command(words.job); }; });
    return sub;
  };
  add("analyze", "Analyse a run again and store its report", analyze_command);
  auto* report = add("report", "Show the report of a run", report_command);
  auto* html = report->add_option("--html", words.job.html,
                                  "Write the report to this file, whole in itself");
  report
      ->add_flag(
          "--plugin", words.job.plugin,
          "Write it into the folder of ai-toolkit's job, whose UI shows it as its tab Plugin")
      ->excludes(html);
}

void add_advice_commands(CLI::App& app, Words& words, Chosen& chosen) {
  const auto add = [&app](const char* name, const char* help, const char* of, JobOptions& options) {
    auto* sub = app.add_subcommand(name, help);
    sub->add_option("job", options.job, of)->required();
    sub->add_option("--run", options.run, "The job's run of this number (default: the latest)");
    add_database(*sub, options.database);
    return sub;
  };
  auto* apply = add("apply", "Write the config with the plan applied and nothing else changed",
                    "Job id, name, a unique beginning of either, or 'last'", words.apply.job);
  apply->add_option("--only", words.apply.only, "Apply these recommendations instead of the plan")
      ->delimiter(',');
  apply->add_option("-o,--output", words.apply.output,
                    "The file to write; - is standard output (default: show the difference)");
  apply->callback([&] { chosen = [&words] { return apply_command(words.apply); }; });

  auto* whatif = add("whatif", "Predict the peak under other settings",
                     "A job, or a config file that has not run", words.whatif.job);
  whatif->add_option("--set", words.whatif.set, "PATH=VALUE, as in train.batch_size=2; repeatable");
  whatif->add_flag("--no-keep", words.whatif.no_keep,
                   "Do not keep the prediction beside the run, where it is held against the next");
  whatif->add_flag("--json", words.whatif.job.json, "Print JSON");
  whatif->callback([&] { chosen = [&words] { return whatif_command(words.whatif); }; });
}

void add_diff(CLI::App& app, Words& words, Chosen& chosen) {
  auto* diff = app.add_subcommand("diff", "Two runs side by side: settings, versions, peak, speed");
  diff->add_option("job_a", words.diff.job_a, "A job")->required();
  diff->add_option("job_b", words.diff.job_b, "The other job, or the same one")->required();
  diff->add_option("--run-a", words.diff.run_a, "Its run of this number (default: the latest)");
  diff->add_option("--run-b", words.diff.run_b, "Its run of this number (default: the latest)");
  diff->add_flag("--json", words.diff.json, "Print JSON");
  add_database(*diff, words.diff.database);
  diff->callback([&] { chosen = [&words] { return diff_command(words.diff); }; });
}

void add_listing(CLI::App& app, Words& words, Chosen& chosen) {
  auto* jobs = app.add_subcommand("jobs", "List the jobs");
  jobs->add_flag("--json", words.jobs.json, "Print JSON");
  add_database(*jobs, words.jobs.database);
  jobs->callback([&] { chosen = [&words] { return jobs_command(words.jobs); }; });

  auto* doctor =
      app.add_subcommand("doctor", "Show what this machine offers and what cannot be read");
  doctor->add_flag("--json", words.doctor.json, "Print JSON");
  add_database(*doctor, words.doctor.database);
  doctor->callback([&] { chosen = [&words] { return doctor_command(words.doctor); }; });
}

void add_top(CLI::App& app, Words& words, Chosen& chosen) {
  auto* top = app.add_subcommand("top", "Watch a run in the terminal");
  top->add_option("job", words.top.job,
                  "Job id, name, a unique beginning of either, or 'last' (default: what runs)");
  top->add_option("--run", words.top.run, "The job's run of this number (default: the latest)");
  top->add_option("--window", words.top.window, "The chart's time, as in 10m (the default) or 6h");
  top->add_option("--refresh", words.top.refresh_seconds, "Seconds between two looks (default 1)")
      ->check(CLI::Range(0.1, 3600.0));
  top->add_flag("--once", words.top.once,
                "Print one frame as plain text ($COLUMNS by $LINES, else 80 by 24)");
  top->add_flag("--json", words.top.json, "Print what the view knows as JSON, once");
  add_database(*top, words.top.database);
  top->callback([&] { chosen = [&words] { return top_command(words.top); }; });
}

void add_export(CLI::App& app, Words& words, Chosen& chosen) {
  auto* exported = app.add_subcommand("export", "Hand a run's rows on to other programs");
  exported
      ->add_option("job", words.exported.job,
                   "Job id, name, a unique beginning of either, or 'last'")
      ->required();
  exported->add_option("--format", words.exported.format, "csv, json or prometheus (OpenMetrics)")
      ->required()
      ->check(CLI::IsMember({"csv", "json", "prometheus"}));
  exported
      ->add_option("--table", words.exported.table,
                   "samples, steps or events (default: csv gives the samples, the others all)")
      ->check(CLI::IsMember({"samples", "steps", "events"}));
  exported->add_option("--run", words.exported.run,
                       "The job's run of this number (default: the latest)");
  exported->add_option("-o,--output", words.exported.output,
                       "The file to write (default: standard output)");
  add_database(*exported, words.exported.database);
  exported->callback([&] { chosen = [&words] { return export_command(words.exported); }; });
}

void add_serve(CLI::App& app, Words& words, Chosen& chosen) {
  auto* serve = app.add_subcommand("serve", "Serve what is recorded over HTTP: JSON and pages");
  serve->add_option("--host", words.serve.host, "The address to listen on (default 127.0.0.1)");
  serve->add_option("--port", words.serve.port, "The port (default 8676; 0: one that is free)");
  auto* none = serve->add_flag("--no-token", words.serve.no_token,
                               "Ask for no token: for a machine with one user");
  serve
      ->add_option("--token-file", words.serve.token_file,
                   "The file that holds the token, made where it is missing")
      ->excludes(none);
  serve
      ->add_option("--web-dir", words.serve.web_folder,
                   "Read the web UI from this folder (default: the one that was built in)")
      ->check(CLI::ExistingDirectory);
  serve->add_option("--aitk", words.serve.watch.checkout,
                    "Also watch every job that this ai-toolkit starts");
  add_notify(*serve, words.serve.watch.notify);
  add_database(*serve, words.serve.database);
  serve->callback([&] { chosen = [&words] { return serve_command(words.serve); }; });
}

void add_recover(CLI::App& app, Words& words, Chosen& chosen) {
  auto* recover = app.add_subcommand(
      "recover", "Take in what monitors that died had not stored yet (every command does)");
  recover->add_flag("--json", words.recover.json, "Print JSON");
  add_database(*recover, words.recover.database);
  recover->callback([&] { chosen = [&words] { return recover_command(words.recover); }; });
}

void add_log(CLI::App& app, Words& words, Chosen& chosen) {
  auto* log =
      app.add_subcommand("log", "Say what a training log tells: what ended the run, and where");
  log->add_option("file", words.log.file, "The log; - reads standard input")->required();
  log->add_flag("--json", words.log.json, "Print JSON");
  log->add_option("--job", words.log.job,
                  "The job whose latest run wrote it: dates what it says by what was recorded");
  add_database(*log, words.log.database);
  log->callback([&] { chosen = [&words] { return log_command(words.log); }; });
}

void add_removal(CLI::App& app, Words& words, Chosen& chosen) {
  auto* remove = app.add_subcommand("rm", "Remove a job and all that was recorded of it");
  remove->add_option("job", words.remove.job, "Job id, name, or a unique beginning of either")
      ->required();
  add_database(*remove, words.remove.database);
  remove->callback([&] { chosen = [&words] { return remove_command(words.remove); }; });

  auto* prune = app.add_subcommand("prune", "Remove old runs");
  prune->add_option("--older-than", words.prune.older_than, "Age, as in 90d, 12h, 2w")->required();
  prune->add_option("--keep-last", words.prune.keep_last, "Keep this many runs of each job")
      ->check(CLI::NonNegativeNumber);
  add_database(*prune, words.prune.database);
  prune->callback([&] { chosen = [&words] { return prune_command(words.prune); }; });
}

void add_integrate(CLI::App& app, Words& words, Chosen& chosen) {
  auto* integrate = app.add_subcommand("integrate", "Put Tidemark into a client, or take it out");
  integrate->require_subcommand(1);
  auto& told = words.integrate;
  auto* aitk = integrate->add_subcommand(
      "ai-toolkit", "Hook, database models, API route and panel of an ai-toolkit checkout");
  aitk->add_option("dir", told.folder, "ai-toolkit's folder")->required();
  auto* check = aitk->add_flag("--check", told.check, "Say what is not in place, change nothing");
  auto* remove = aitk->add_flag("--remove", told.remove, "Undo all of it")->excludes(check);
  aitk->add_flag("--separate-db", told.separate_db,
                 "Keep the rows in a database of their own, aitk_metrics.db")
      ->excludes(remove);
  aitk->add_flag("--dry-run", told.dry_run, "Show what would be done, change nothing");
  aitk->add_flag("--json", told.json, "Print JSON (with --check)")->needs(check);
  aitk->add_option("--python-package", told.package,
                   "The folder `tidemark` that the trainer is to import (default: the one that "
                   "this program is installed with)");
  aitk->add_flag("--repair", told.repair)->group("");
  aitk->callback([&] { chosen = [&words] { return integrate_command(words.integrate); }; });

  auto* filter = integrate->add_subcommand("git-filter", "");
  filter->group("");  // hidden: git starts it
  filter->add_option("direction", words.filter_direction)
      ->required()
      ->check(CLI::IsMember({"clean", "smudge"}));
  filter->add_option("path", words.filter_path)->required();
  filter->callback([&] {
    chosen = [&words] { return git_filter_command(words.filter_direction, words.filter_path); };
  });
}

void add_monitor_process(CLI::App& app, Words& words, Chosen& chosen) {
  auto* monitor = app.add_subcommand("monitor-process", "");
  monitor->group("");  // hidden: `run` starts it
  monitor->add_option("control", words.control_fd)->required();
  monitor->add_option("output", words.output_fd)->required();
  monitor->callback(
      [&] { chosen = [&words] { return monitor_command(words.control_fd, words.output_fd); }; });
}

}  // namespace

int main(int argc, char** argv) {
  ignore_file_size_signal();
  occupy_closed_standard_streams();  // or a descriptor of ours would become somebody's stdout
  CLI::App app{"Tidemark: watches training runs from outside, and says why memory or time ran out"};
  app.set_version_flag("--version", "tidemark " TIDEMARK_VERSION);
  app.require_subcommand(1);
  Words words;
  Chosen chosen;
  add_run(app, words, chosen);
  add_attach(app, words, chosen);
  add_watch(app, words, chosen);
  add_job_commands(app, words, chosen);
  add_advice_commands(app, words, chosen);
  add_diff(app, words, chosen);
  add_listing(app, words, chosen);
  add_top(app, words, chosen);
  add_export(app, words, chosen);
  add_serve(app, words, chosen);
  add_recover(app, words, chosen);
  add_log(app, words, chosen);
  add_removal(app, words, chosen);
  add_integrate(app, words, chosen);
  add_monitor_process(app, words, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    const std::string_view word = argc > 1 ? argv[1] : "";
    const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
    const bool known = std::ranges::any_of(
        commands, [word](const CLI::App* command) { return command->get_name() == word; });
    if (word.empty() || word.starts_with('-') || known) return app.exit(error) == 0 ? 0 : 2;
    std::cerr << word << ": there is no such command; tidemark --help lists them\n";
    return 2;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;  // 0: --help and --version
  }
  return chosen();
}
