#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "cli/background.h"
#include "cli/commands.h"
#include "cli/finish_run.h"
#include "cli/journal_recovery.h"
#include "cli/resume_run.h"
#include "cli/run_request.h"
#include "cli/terminal_output.h"
#include "os/process_facts.h"
#include "os/process_watch.h"
#include "os/self_protection.h"
#include "os/signal_queue.h"
#include "os/signal_set.h"
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

Result<SignalQueue> stop_signals() {
  const sigset_t signals = signal_set({SIGINT, SIGTERM});
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return SignalQueue::open(signals);
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

int watch(const MonitorRequest& request, const HostRoot& host, const Clock& clock,
          Background* background) {
  (void)leave_oom_choice(host);  // where it is not permitted, `doctor` tells
  const auto stop = stop_signals();
  NoticesToStderr notices;
  auto recording = monitor_run(request, {.host = host,
                                         .clock = &clock,
                                         .parent = &notices,
                                         .stop_fd = stop ? stop->poll_fd() : -1,
                                         .on_ready = [background] {
                                           if (background) background->ready();
                                         }});
  if (!recording.store || !recording.run)
    return fail_with(std::string{"nothing of this run could be stored"});
  if (const auto finished = finish_run(recording, request.info); !finished)
    return fail_with(finished.error());
  if (background) return 0;  // nobody reads what it would print
  const auto report = make_report(*recording.store, *recording.run);
  if (!report) return fail_with(report.error());
  auto style = text_style_for(STDERR_FILENO);
  style.short_form = true;
  (void)std::fputs(report_text(*report, style).c_str(), stderr);
  return 0;
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
  if (!request.info.settings.enabled)
    return fail_with(std::string{"monitoring is off for this job (monitoring.enabled)"});
  request.info.process = *trainer;
  if (const auto folder = read_working_folder(host, options.pid))
    request.info.working_directory = *folder;
  request.outputs = output_files(host, options.pid);
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
  return watch(request, host, clock, background ? &*background : nullptr);
}

}  // namespace tidemark
