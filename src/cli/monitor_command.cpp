#include <memory>
#include <utility>

#include "cli/commands.h"
#include "cli/finish_run.h"
#include "cli/journal_recovery.h"
#include "cli/monitor_process.h"
#include "cli/run_news.h"
#include "cli/run_request.h"
#include "os/self_protection.h"
#include "os/system_clock.h"

namespace tidemark {

int monitor_command(int control_fd, int output_fd) {
  LauncherLink launcher{ControlChannel{UniqueFd{control_fd}}};
  auto request = launcher.receive_request();
  if (!request) return 1;
  const auto trainer = launcher.await_started();
  if (!trainer) return 0;  // it could not be started: nothing to record
  const HostRoot host;
  const SystemClock clock;
  (void)leave_oom_choice(host);  // where it is not permitted, `doctor` tells
  request->info.process = *trainer;
  fill_local_facts(request->info, host, clock);
  request->outputs.push_back({.pipe_fd = output_fd});
  const auto tell_journal = [&launcher](const std::filesystem::path& journal) {
    launcher.send({.journal = journal.string()});
  };
  Notifier notifier{request->notify_url,
                    [&launcher](const std::string& line) { launcher.notice(line); }};
  const auto& name = request->info.job_name;
  auto recording = monitor_run(
      *request,
      {.host = host,
       .clock = &clock,
       .parent = &launcher,
       .on_journal = tell_journal,
       .on_ready = [&launcher] { launcher.send({.ready = true}); },
       .on_critical =
           [&](const EventRecord& event) { notifier.send(news_of_critical(event, name)); }});
  MonitorMessage farewell{.done = true};
  if (recording.store && recording.run) {
    if (const auto finished = finish_run(recording, request->info); !finished)
      launcher.notice(finished.error().message);
    tell_end(notifier, recording, request->info);
    notifier.finish();  // before the farewell: what goes wrong is to be shown
    farewell.database = recording.database.string();
    farewell.job_id = recording.run->job_id;
    farewell.run_number = recording.run->number;
  }
  launcher.send(farewell);
  recover_orphans(request->database, host);  // other runs': nobody waits for it any more
  return 0;
}

}  // namespace tidemark
