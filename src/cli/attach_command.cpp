#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "cli/background.h"
#include "cli/client_job.h"
#include "cli/commands.h"
#include "cli/finish_run.h"
#include "cli/journal_recovery.h"
#include "cli/open_store.h"
#include "cli/resume_run.h"
#include "cli/run_news.h"
#include "cli/run_request.h"
#include "cli/stop_signals.h"
#include "cli/terminal_output.h"
#include "os/process_facts.h"
#include "os/process_watch.h"
#include "os/self_protection.h"
#include "os/system_clock.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

/// Notices go straight to the user: nobody's output is disturbed by them.
struct NoticesToStderr final : ParentLink {
  void notice(const std::string& line) override { say(line); }
};

// Output that goes to a regular file can be followed from here on; a terminal or a pipe cannot be
// read without taking its bytes away from somebody.
std::vector<OutputSource> output_files(const HostRoot& host, pid_t pid) {
  std::vector<OutputSource> files;
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
    const auto open = read_open_file(host, pid, stream);
    struct stat info{};
    if (!open || ::stat(open->path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    const bool known =
        std::ranges::any_of(files, [&open](const auto& file) { return file.file == open->path; });
    if (known) continue;
    OutputSource source{.file = open->path, .file_offset = info.st_size};
    // A file that is appended to may hold the output of runs before.
    if (!open->appends) source.earlier_offset = 0;
    files.push_back(std::move(source));
  }
  return files;
}

RunOptions with_command_of(const AttachOptions& options, const HostRoot& host) {
  RunOptions run = options.common;
  run.command = read_command_words(host, options.pid);
  const auto folder = read_working_folder(host, options.pid);
  if (!run.config.empty() || !folder) return run;
  // The trainer's relative paths are relative to its own folder.
  if (const auto config = find_config_in_command(run.command, *folder))
    run.config = config->string();
  return run;
}

Recording watch(const MonitorRequest& request, const AttachOptions& options, const HostRoot& host,
                const Clock& clock, Background* background, Notifier& notifier, int stop_fd) {
  (void)leave_oom_choice(host);  // where it is not permitted, `doctor` tells
  NoticesToStderr notices;
  std::optional<ClientConnection> client;
  if (!options.job_table.empty()) client.emplace(options.job_table, request, clock);
  return monitor_run(request, {.host = host,
                               .clock = &clock,
                               .parent = &notices,
                               .stop_fd = stop_fd,
                               .on_ready =
                                   [background] {
                                     if (background) background->ready();
                                   },
                               .on_critical =
                                   [&](const EventRecord& event) {
                                     notifier.send(news_of_critical(event, request.info.job_name));
                                   },
                               .client = client ? client->feed() : ClientFeed{}});
}

/// One line for a watcher's log; for who attached by hand, the report's short form.
int print_end(const Recording& recording, const MonitorRequest& request, bool for_watcher,
              Store& store) {
  const auto report = make_report(store, *recording.run);
  if (!report) return fail_with(report.error());
  if (for_watcher) {
    say(request.info.job_name + ": " + report->analysis.summary.verdict);
    return 0;
  }
  auto style = text_style_for(STDERR_FILENO);
  style.short_form = true;
  (void)std::fputs(report_text(*report, style).c_str(), stderr);
  say_where_it_is(recording.database);
  return 0;
}

int watch_to_the_end(const MonitorRequest& request, const AttachOptions& options,
                     const HostRoot& host, const Clock& clock, Background* background) {
  const auto stop = take_stop_signals();  // before there is another thread, which would take them
  Notifier notifier{request.notify_url, [](const std::string& line) { say(line); }};
  auto recording = watch(request, options, host, clock, background, notifier, poll_fd_of(stop));
  if (!recording.store || !recording.run) {
    tell_end(notifier, recording, request.info);
    return fail_with(std::string{"nothing of this run could be stored"});
  }
  if (const auto finished = finish_run(recording, request.info); !finished)
    return fail_with(finished.error());
  tell_end(notifier, recording, request.info);
  if (background) return 0;  // nobody reads what it would print
  return print_end(recording, request, !options.job_table.empty(), *recording.store);
}

}  // namespace

int attach_command(const AttachOptions& options) {
  const HostRoot host;
  const SystemClock clock;
  const auto trainer = identify_process(host, options.pid);
  if (!trainer)
    return fail_with("no process " + std::to_string(options.pid) +
                     " can be watched: " + trainer.error().message);
  auto prepared = prepare_run(with_command_of(options, host));
  if (!prepared) return fail_with(prepared.error());
  for (const auto& warning : prepared->warnings) say(warning);
  MonitorRequest& request = prepared->request;
  if (!request.info.settings.enabled) {
    const auto off = "monitoring is off for this job (monitoring.enabled)";
    if (options.job_table.empty()) return fail_with(std::string{off});
    say(request.info.job_name + ": " + off);
    return 0;  // as its config wants it: a watcher leaves it alone
  }
  request.info.process = *trainer;
  if (const auto folder = read_working_folder(host, options.pid))
    request.info.working_directory = *folder;
  request.outputs = output_files(host, options.pid);
  if (!options.job_table.empty())  // ai-toolkit begins a log anew at each start
    for (auto& output : request.outputs) output.earlier_offset = 0;
  std::error_code ignored;
  if (!options.journal.empty())  // the monitor works in another folder
    request.journal = fs::absolute(options.journal, ignored);

  std::optional<Background> background;
  if (options.detach) {
    auto entered = Background::enter();
    if (!entered) return fail_with(entered.error());
    background.emplace(*std::move(entered));
  }
  fill_local_facts(request.info, host, clock);
  recover_orphans(request.database, host);
  if (options.journal.empty())
    if (const auto resumed = resume_earlier_run(request, host); !resumed) {
      if (background) background->failed(resumed.error().message);
      return fail_with(resumed.error());
    }
  return watch_to_the_end(request, options, host, clock, background ? &*background : nullptr);
}

}  // namespace tidemark
