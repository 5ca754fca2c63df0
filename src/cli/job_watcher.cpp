#include "cli/job_watcher.h"

#include <poll.h>
#include <sys/wait.h>

#include <algorithm>

#include "cli/run_liveness.h"
#include "cli/terminal_output.h"
#include "os/process_watch.h"
#include "sensing/sensing.h"
#include "telemetry/run.h"

namespace tidemark {
namespace {

constexpr int kLookEveryMs = 1000;
// The row of a trainer that died changes within moments, where somebody is there to change it.
constexpr double kDeadForSeconds = 5;
constexpr double kLongestPauseSeconds = 60;
// This question reads the whole table, which a running trainer changes at every step.
constexpr double kLookAtEndedEverySeconds = 10;

bool lives(const HostRoot& host, const ProcessIdentity& process) {
  const auto watch = ProcessWatch::open(host, process);
  return watch && !watch->ended();
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return signal_name(WTERMSIG(status));
  return "code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

JobWatcher::JobWatcher(WatchPlaces places, const HostRoot& host, const Clock& clock)
    : places_(std::move(places)),
      host_(host),
      clock_(clock),
      table_(places_.job_table),
      notifier_(places_.notify_url, [](const std::string& line) { say(line); }),
      started_at_(now()) {}

double JobWatcher::now() const {
  return to_seconds(clock_.wall() - WallTime{});
}

LostRunPlaces JobWatcher::lost_places() {
  return {.host = host_,
          .clock = &clock_,
          .table = &table_,
          .database = places_.database,
          .notifier = &notifier_};
}

void JobWatcher::run(int stop_fd) {
  end_lost_runs(lost_places());
  pollfd stop{.fd = stop_fd, .events = POLLIN, .revents = 0};
  while (stop.revents == 0) {
    if (places_.tend)
      if (const auto moved = places_.tend()) places_.database = *moved;
    look();
    (void)::poll(&stop, 1, kLookEveryMs);  // a signal that is not for us only ends the pause
  }
}

void JobWatcher::look() {
  look_after_monitors();
  look_at_table();
}

// --- monitors

void JobWatcher::look_after_monitors() {
  bool some_lost = false;
  for (auto at = watched_.begin(); at != watched_.end();) {
    auto& [process, watched] = *at;
    look_after(process, watched);
    const bool over = !watched.monitor && !watched.adopted && !lives(host_, process);
    some_lost = some_lost || (over && !watched.settled);
    at = over ? watched_.erase(at) : std::next(at);
  }
  if (some_lost) end_lost_runs(lost_places());
}

void JobWatcher::look_after(const ProcessIdentity& process, Watched& watched) {
  if (watched.monitor && !take_result(watched)) return;
  if (watched.adopted && lives(host_, *watched.adopted)) return;
  watched.adopted.reset();
  if (watched.settled || now() < watched.try_again_at || !lives(host_, process)) return;
  give_monitor(process, watched);
}

/// False: it is still at it.
bool JobWatcher::take_result(Watched& watched) {
  const auto status = reap_job_monitor(*watched.monitor);
  if (!status) return false;
  watched.monitor.reset();
  watched.settled = *status == 0;
  if (watched.settled) return true;
  ++watched.failures;
  const double pause = std::min(kLongestPauseSeconds, static_cast<double>(watched.failures) * 2);
  watched.try_again_at = now() + pause;
  say(watched.job.name + ": its monitor ended with " + how_it_ended(*status) +
      "; while the trainer runs another one is tried");
  return true;
}

void JobWatcher::give_monitor(const ProcessIdentity& process, Watched& watched) {
  if (adopt(process, watched)) return;
  auto monitor = start_job_monitor({.process = process,
                                    .job = watched.job,
                                    .job_table = places_.job_table,
                                    .database = places_.database});
  if (!monitor) {
    watched.try_again_at = now() + kLongestPauseSeconds;
    return say(watched.job.name + ": " + monitor.error().message);
  }
  watched.monitor = *monitor;
  say(watched.job.name + ": watched, process " + std::to_string(process.pid));
}

/// An earlier watcher's monitor goes on with it.
bool JobWatcher::adopt(const ProcessIdentity& process, Watched& watched) {
  auto store = Store::open(places_.database, {.read_only = true, .create = false});
  if (!store) return false;
  const auto run = store->run_of_process(process, read_host_identity(host_).boot_id);
  if (!run || !*run || unended_state(**run, host_) != Unended::recording) return false;
  watched.adopted = (*run)->info.monitor;
  say(watched.job.name + ": is watched already, by process " +
      std::to_string(watched.adopted->pid));
  return true;
}

// --- the table

void JobWatcher::look_at_table() {
  const auto changed = table_.changed();
  if (!changed) return complain(changed.error());
  ended_to_look_at_ = ended_to_look_at_ || *changed;
  if (!*changed && !look_again_ && !ended_due()) return;
  const auto jobs = table_.active_jobs();
  if (!jobs) {
    look_again_ = true;
    return complain(jobs.error());
  }
  if (!complaint_.empty()) say(table_.file().string() + ": can be read again");
  complaint_.clear();
  look_again_ = false;
  for (const auto& job : *jobs) look_again_ = consider(job) || look_again_;
  if (ended_due()) look_at_ended();
}

/// The same trouble is told once.
void JobWatcher::complain(const Error& error) {
  if (error.message == complaint_) return;
  complaint_ = error.message;
  say(error.message + "; it is tried again every second");
}

bool JobWatcher::is_watched(const ClientJob& job) const {
  return std::ranges::any_of(watched_, [&job](const auto& entry) {
    return entry.second.job.id == job.id && (entry.second.monitor || entry.second.adopted);
  });
}

bool JobWatcher::consider(const ClientJob& job) {
  const bool known = std::ranges::any_of(watched_, [&](const auto& entry) {
    return entry.second.job.id == job.id && entry.first.pid == job.pid && lives(host_, entry.first);
  });
  if (known) return false;
  const auto process = find_job_process(host_, job);
  if (!process) return consider_dead(job);
  forget_dead(job.id);
  const auto [at, is_new] = watched_.try_emplace(*process, Watched{.job = job});
  if (is_new) give_monitor(at->first, at->second);
  return false;
}

bool JobWatcher::ended_due() const {
  return ended_to_look_at_ && now() - ended_looked_at_ >= kLookAtEndedEverySeconds;
}

void JobWatcher::forget_dead(const std::string& job_id) {
  const auto of_job = [&job_id](const auto& pair) { return pair.first == job_id; };
  std::erase_if(dead_since_, [&](const auto& entry) { return of_job(entry.first); });
  std::erase_if(dead_told_, of_job);
}

/// No pid yet, an earlier start's, or that of a process that is gone: the table will tell, unless
/// there is nobody to write it.
bool JobWatcher::consider_dead(const ClientJob& job) {
  const auto key = std::pair{job.id, job.pid.value_or(0)};
  if (dead_told_.contains(key)) return false;
  const auto since = dead_since_.try_emplace(key, now()).first->second;
  if (is_watched(job) || now() - since < kDeadForSeconds) return true;
  dead_told_.insert(key);
  dead_since_.erase(key);
  say(job.name + ": ai-toolkit's table says `" + job.status + "`, but " +
      (job.pid ? "process " + std::to_string(*job.pid) + " is gone" : "it has no process") +
      "; the table is left as it is (`Mark as Stopped` in the job's menu frees its queue)");
  end_lost_runs(lost_places());
  record_unwatched_start(lost_places(), job, 0);
  return false;
}

/// Jobs that ended before a monitor could come: a broken environment takes a tenth of a second.
void JobWatcher::look_at_ended() {
  const auto ended = table_.ended_since(started_at_);
  if (!ended) return;
  ended_looked_at_ = now();
  ended_to_look_at_ = false;
  for (const auto& job : *ended) {
    if (is_watched(job)) {
      ended_to_look_at_ = true;
      continue;
    }
    auto& seen = ended_seen_[job.id];
    if (seen == job.updated_at) continue;
    seen = job.updated_at;
    record_unwatched_start(lost_places(), job, started_at_);
  }
}

}  // namespace tidemark
