#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "monitor/event_details.h"
#include "monitor/guard.h"
#include "monitor/journal_follower.h"
#include "monitor/journal_setup.h"
#include "monitor/monitor.h"
#include "monitor/recorder.h"
#include "monitor/row_writer.h"
#include "monitor/run_output.h"
#include "os/poll.h"
#include "os/process_signal.h"
#include "os/process_watch.h"
#include "os/self_protection.h"
#include "os/thread_name.h"

namespace tidemark {
namespace {

using std::chrono::milliseconds;

// The parent says how the trainer ended once it has carried its last output, which somebody may be
// reading slowly. A dead parent is noticed at once; this bounds the wait for one that was stopped.
constexpr std::chrono::minutes kWaitForParent{10};
// Output that the launcher still carries arrives within this after the end.
constexpr milliseconds kWaitForOutput{200};
// Of a journal's records this many wait for the database at most; the journal itself keeps the
// rest.
constexpr std::size_t kMostWaitingRows = 32'768;
constexpr std::size_t kRecordsAtOnce = 4096;
// While a journal holds more than could be taken, it is looked at this often.
constexpr milliseconds kBacklogPause{10};

// The parent of a trainer that is not our child reaps it within this, if it means to.
constexpr milliseconds kWaitForReaper{500};
// ai-toolkit's worker appends its word when it has reaped the trainer.
constexpr std::chrono::seconds kWaitForClient{2};
// It changes the job's row then too, which another writer may hold up: Prisma waits 5 s and gives
// up, the trainer three times 30 s. Only a table that cannot be read is waited for that long.
constexpr std::chrono::seconds kWaitForWord{3};
constexpr std::chrono::seconds kWaitForTable{75};
// What waits in a file at the end is read for this long.
constexpr std::chrono::seconds kReadAtEnd{10};

/// Timestamps that a log gives without a zone are local ones.
std::int64_t local_utc_offset() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  return ::localtime_r(&now, &local) != nullptr ? local.tm_gmtoff : 0;
}

/// What the streams say together: the one with an exception speaks for the run.
OutputVerdict verdict_of(const std::vector<std::unique_ptr<RunOutput>>& outputs) {
  OutputVerdict verdict;
  for (const auto& output : outputs) {
    auto one = output->verdict();
    if (one.exception && !verdict.exception) verdict.exception = std::move(one.exception);
    verdict.keyboard_interrupt = verdict.keyboard_interrupt || one.keyboard_interrupt;
    verdict.client_stop = verdict.client_stop || one.client_stop;
    if (one.client_end) verdict.client_end = std::move(one.client_end);
  }
  return verdict;
}

/// For people, and for the run's end.
std::string guard_sentence(const QuickLook& look) {
  const int percent = static_cast<int>(100 * ratio(look.used, look.limit));
  return "memory is " + std::to_string(percent) + "% full and runs short";
}

/// Only then is the system's journal asked.
bool may_be_a_daemons_kill(const RunObservation& seen) {
  if (seen.stopped_watching || !seen.signals_sent.empty()) return false;
  if (seen.cgroup_oom_kills.value_or(0) > 0 || !seen.wait_status) return false;
  return WIFSIGNALED(*seen.wait_status) &&
         (WTERMSIG(*seen.wait_status) == SIGKILL || WTERMSIG(*seen.wait_status) == SIGTERM);
}

// A machine whose containers are killed all night fills no memory of ours.
constexpr std::size_t kMostLogNews = 256;

template <class Item>
void append(std::vector<Item>& all, std::vector<Item>& news) {
  for (auto& one : news)
    if (all.size() < kMostLogNews) all.push_back(std::move(one));
}

class Watching {
 public:
  Watching(const MonitorRequest& request, const MonitorParts& parts, Sensors sensors,
           RowWriter& writer, JournalFollower* journal)
      : request_(request),
        parts_(parts),
        writer_(writer),
        journal_(journal),
        sensors_(std::move(sensors)),
        recorder_(request.info, sensors_, *parts.clock, writer),
        guard_(request.guard, request.info.settings.memory_warning_ratio,
               request.info.settings.memory_critical_ratio) {
    for (const auto& output : request.outputs) follow(output);
  }

  RunObservation until_the_end(const ProcessWatch& trainer) {
    if (auto log = KernelLog::open(parts_.host)) kernel_log_.emplace(std::move(*log));
    started_ = parts_.clock->now();
    recorder_.start(request_.resumed.has_value());
    lock_present_memory(parts_.host, kLockedMemoryBudget);  // what the first sample has built
    while (!trainer.ended() && !stop_asked()) {
      wait(trainer.poll_fd(), backlog() ? kBacklogPause : recorder_.until_next());
      read_output();
      read_journal();
      take_phases();
      recorder_.tick();
      if (recorder_.kill_was_counted()) read_kernel_log();
      guard();
      if (const auto line = recorder_.take_notice()) parts_.parent->notice(*line);
      if (const auto crossed = recorder_.take_critical(); crossed && parts_.on_critical)
        parts_.on_critical(*crossed);
    }
    return observe_end(trainer);
  }

 private:
  /// Each stream has readers of its own: two streams' lines are not to be mixed.
  void follow(const OutputSource& source) {
    const auto& monitor = request_.info.monitor;
    auto name = std::to_string(monitor.start_ticks) + "." + std::to_string(outputs_.size());
    outputs_.push_back(std::make_unique<RunOutput>(source, std::move(name), local_utc_offset()));
  }

  bool stop_asked() const {
    if (parts_.stop_fd < 0) return false;
    pollfd entry{.fd = parts_.stop_fd, .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, 0) > 0;
  }

  // Wakes for the trainer's end, a message of the parent, a stop, or when a look is due. Output
  // does not wake it: a chatty progress bar would, many times a second; it is read at every look.
  void wait(int trainer_fd, std::chrono::nanoseconds longest) {
    const int parent_fd = parent_gone_ ? -1 : parts_.parent->poll_fd();
    std::array<pollfd, 3> entries{{{.fd = trainer_fd, .events = POLLIN, .revents = 0},
                                   {.fd = parent_fd, .events = POLLIN, .revents = 0},
                                   {.fd = parts_.stop_fd, .events = POLLIN, .revents = 0}}};
    // Rounded up: a poll that wakes a fraction early would spin until the time has come.
    const auto pause = std::chrono::ceil<milliseconds>(longest);
    poll_all(entries, static_cast<int>(std::max<std::int64_t>(pause.count(), 1)));
    if (entries[1].revents != 0) hear_parent();
  }

  void hear_parent() { parent_gone_ = !parts_.parent->receive(); }

  // Also those that came with the trainer's start, before this loop: no message follows them until
  // the end.
  void follow_announced_files() {
    const auto files = parts_.parent->output_files();
    for (; files_followed_ < files.size(); ++files_followed_) follow(files[files_followed_]);
  }

  /// True: there is more.
  bool read_output() {
    follow_announced_files();
    const double now = recorder_.unix_now();
    bool more = false;
    for (const auto& output : outputs_) {
      const auto bytes_seen = output->bytes();
      more = output->read_available(now) || more;
      if (output->bytes() != bytes_seen) last_output_at_ = now;
      recorder_.take_steps(output->take_steps(), false);
      recorder_.take_log(output->take_mark(now), output->take_new_errors(now));
    }
    if (parts_.client.take_steps) recorder_.take_steps(parts_.client.take_steps(), false);
    return more;
  }

  /// After the journal, whose words of phases are the better ones. `since`: what arrived in the
  /// last reading, a dead trainer said before; when, is not known better than since the reading
  /// before.
  void take_phases(std::optional<double> since = {}) {
    for (const auto& output : outputs_)
      for (auto phase : output->take_phases()) {
        if (since) phase.unix_seconds = std::min(phase.unix_seconds, *since);
        recorder_.take_phase(phase, since.has_value());
      }
    phases_taken_at_ = recorder_.unix_now();
  }

  void guard() {
    const auto& look = recorder_.last_look();
    const auto fullness = look ? std::optional{ratio(look->used, look->limit)} : std::nullopt;
    switch (guard_.look(fullness, parts_.clock->now())) {
      case GuardOrder::none:
        return;
      case GuardOrder::warn:
        recorder_.add_event("guard_warning", guard_details(*look, 0));
        return parts_.parent->notice(guard_sentence(*look));
      case GuardOrder::interrupt:
        guard_reason_ = guard_sentence(*look);
        return guard_stop(SIGINT);
      case GuardOrder::terminate:
        return guard_stop(SIGTERM);
    }
  }

  /// The event is on its way first: a machine that freezes tells nothing any more.
  void guard_stop(int signal) {
    const auto& look = recorder_.last_look();
    recorder_.add_event("guard_stop", guard_details(look.value_or(QuickLook{}), signal));
    const auto sent = signal_process(parts_.host, recorder_.main_process(), signal);
    if (sent) guard_signals_.push_back(signal);
    parts_.parent->notice(guard_reason_ + (sent ? "; the guard sent " + signal_name(signal)
                                                : "; the guard: " + sent.error().message));
  }

  bool backlog() const { return journal_ != nullptr && journal_->more(); }

  // Rows are committed with how far they go; only then is their room in the journal freed.
  void read_journal() {
    if (journal_ == nullptr) return;
    if (const auto committed = writer_.committed_journal()) journal_->release(*committed);
    bool took_some = false;
    while (writer_.queued_rows() < kMostWaitingRows) {
      auto records = journal_->drain(kRecordsAtOnce);
      if (!journal_->moved()) break;
      took_some = true;
      auto rows = rows_from(std::move(records), request_.info.process.pid);
      rows.group.journal = journal_->mark();
      recorder_.take_journal(std::move(rows));
    }
    if (took_some) writer_.set_journal_drops(journal_->drops());
    if (const auto problem = journal_->take_problem()) {
      recorder_.notice(*problem);
      parts_.parent->notice(*problem);
    }
    journal_->reclaim_lanes(parts_.host, parts_.clock->now());
  }

  // A database that is held keeps the last records waiting in the journal; what it does not take in
  // this time stays there for `recover`.
  void read_rest_of_journal() {
    if (journal_ == nullptr) return;
    const auto until = parts_.clock->now() + RowWriterOptions{}.last_wait;
    journal_->stop_writers();
    read_journal();
    while (journal_->more() && parts_.clock->now() < until) {
      std::this_thread::sleep_for(kBacklogPause);
      read_journal();
    }
    writer_.set_journal_drops(journal_->drops());
  }

  RunObservation observe_end(const ProcessWatch& trainer) {
    RunObservation observation;
    observation.stopped_watching = !trainer.ended();
    observation.seen_ended_at = recorder_.unix_now();
    if (!observation.stopped_watching) await_parent();
    if (const auto reaped = parts_.parent->reaped()) {
      observation.wait_status = reaped->wait_status;
      observation.main_max_rss = reaped->max_rss;
      observation.signals_sent = reaped->signals_sent;
      if (reaped->output_bytes_dropped > 0)
        writer_.count_drop(Drop::log_bytes, reaped->output_bytes_dropped);
    } else if (const auto status = trainer.wait_status(kWaitForReaper)) {
      observation.wait_status = status;
      observation.wait_status_from_pidfd = true;
    }
    if (!observation.wait_status && !observation.stopped_watching) await_client_word();
    if (!observation.stopped_watching) observation.client_word = await_word();
    read_last_output();
    if (observation.stopped_watching)
      read_journal();
    else
      read_rest_of_journal();
    observation.guard_signals = guard_signals_;
    observation.guard_reason = guard_reason_;
    observation.output = verdict_of(outputs_);
    observation.deciding = read_errors();
    observation.output_seen =
        std::ranges::any_of(outputs_, [](const auto& output) { return output->has_source(); });
    observation.last_output_at = last_output_at_;
    take_phases(phases_taken_at_);
    read_kernel_log();
    recorder_.end(observation);
    // Last, so that the kernel has had the time to write.
    read_logs(observation);
    return observation;
  }

  void read_kernel_log() {
    if (!kernel_log_) return;
    auto news = kernel_log_->take_news();
    const bool ours = read_log_names(parts_.host).pids_are_ours;
    for (auto& kill : news.oom_kills) {
      if (kill.report && ours) recorder_.take_oom_report(*kill.report);
      kill.report.reset();
    }
    append(kernel_news_.oom_kills, news.oom_kills);
    append(kernel_news_.daemon_kills, news.daemon_kills);
    append(kernel_news_.gpu_errors, news.gpu_errors);
  }

  void read_logs(RunObservation& observation) {
    observation.log_names = read_log_names(parts_.host);
    observation.kernel_log_readable = kernel_log_.has_value();
    read_kernel_log();
    observation.oom_kills = std::move(kernel_news_.oom_kills);
    observation.daemon_kills = std::move(kernel_news_.daemon_kills);
    observation.gpu_errors = std::move(kernel_news_.gpu_errors);
    if (!parts_.host.is_live() || !may_be_a_daemons_kill(observation)) return;
    auto told = read_daemon_kills(parts_.journalctl, request_.info.anchor.unix_seconds(started_));
    std::ranges::move(told, std::back_inserter(observation.daemon_kills));
  }

  void await_parent() {
    const auto until = parts_.clock->now() + kWaitForParent;
    while (!parent_gone_ && parts_.parent->poll_fd() >= 0 && !parts_.parent->reaped() &&
           parts_.clock->now() < until) {
      wait(-1, SamplingSchedule::kLookEvery);
      read_output();
      read_journal();
    }
  }

  /// Where nobody could reap the trainer its client may still write how it ended into the log.
  void await_client_word() {
    const auto until = parts_.clock->now() + kWaitForClient;
    const bool has_log = std::ranges::any_of(
        outputs_, [](const auto& output) { return output->has_source() && output->poll_fd() < 0; });
    while (has_log && !verdict_of(outputs_).client_end && parts_.clock->now() < until) {
      std::this_thread::sleep_for(SamplingSchedule::kLookEvery);
      read_output();
    }
  }

  /// The client's table changes after the process has gone; a word that stays is the word.
  std::optional<ClientWord> await_word() {
    if (!parts_.client.word) return std::nullopt;
    const auto began = parts_.clock->now();
    for (;;) {
      auto word = parts_.client.word();
      const auto waited = parts_.clock->now() - began;
      const bool settled = word && (word->state != ClientState::running || waited >= kWaitForWord);
      if (settled || waited >= kWaitForTable) return word;
      std::this_thread::sleep_for(SamplingSchedule::kLookEvery);
      read_output();
    }
  }

  void read_last_output() {
    const auto until = parts_.clock->now() + kWaitForOutput;
    const auto give_up_at = parts_.clock->now() + kReadAtEnd;
    while (read_output() && parts_.clock->now() < give_up_at) {
    }
    for (const auto& output : outputs_) {
      while (output->poll_fd() >= 0 && parts_.clock->now() < until) {
        pollfd entry{.fd = output->poll_fd(), .events = POLLIN, .revents = 0};
        ::poll(&entry, 1, static_cast<int>(kWaitForOutput.count()));
        read_output();
      }
      output->finish();
      recorder_.take_steps(output->take_steps(), true);
      recorder_.take_log(output->take_mark(recorder_.unix_now()), std::nullopt);
    }
    if (parts_.client.finish_steps) recorder_.take_steps(parts_.client.finish_steps(), true);
  }

  /// What decided the run, as its output tells it; all that it tells is stored.
  std::optional<LogErrorRecord> read_errors() {
    std::vector<LogErrors> streams;
    for (const auto& output : outputs_) streams.push_back(output->errors());
    const auto* deciding = deciding_of(streams);
    auto decided = deciding != nullptr ? std::optional{*deciding} : std::nullopt;
    for (auto& stream : streams)
      if (!stream.errors.empty()) recorder_.take_log(std::nullopt, std::move(stream));
    return decided;
  }

  const MonitorRequest& request_;
  const MonitorParts& parts_;
  RowWriter& writer_;
  JournalFollower* journal_;  // null: there is none
  Sensors sensors_;
  std::vector<std::unique_ptr<RunOutput>> outputs_{};
  std::optional<KernelLog> kernel_log_{};
  KernelLogNews kernel_news_{};
  Recorder recorder_;
  Guard guard_;
  std::vector<int> guard_signals_{};
  std::string guard_reason_{};
  BootTime started_{};
  std::optional<double> last_output_at_{}, phases_taken_at_{};
  bool parent_gone_ = false;
  std::size_t files_followed_ = 0;
};

// All rows are stored: what the journal still holds is nobody's any more, or `recover`'s.
void leave_journal(JournalFollower& journal, const RowWriter& writer, const MonitorParts& parts,
                   bool run_goes_on) {
  if (const auto committed = writer.committed_journal()) journal.release(*committed);
  if (run_goes_on || (!journal.more() && journal.remove(parts.host))) return;
  if (journal.more() || !journal.all_released())
    parts.parent->notice(journal.path().string() +
                         ": the journal holds records that no database took; `tidemark recover` "
                         "stores them");
}

// A trainer that had ended before anything else could be seen of it.
TrainerWord take_journal_alone(JournalFollower& journal, RowWriter& writer, std::int32_t root_pid) {
  TrainerWord said;
  journal.stop_writers();
  do {
    auto rows = rows_from(journal.drain(kRecordsAtOnce), root_pid);
    rows.group.journal = journal.mark();
    take_word(said, std::move(rows.said));
    writer.push(std::move(rows.group), Urgency::at_once);
  } while (journal.more() && writer.queued_rows() < kMostWaitingRows);
  writer.set_journal_drops(journal.drops());
  return said;
}

Recording gather(RowWriter& writer, const MonitorRequest& request, const MonitorParts& parts,
                 RunObservation observation) {
  Recording recording;
  recording.ended_at = request.info.anchor.unix_seconds(parts.clock->now());
  recording.observation = std::move(observation);
  auto outcome = writer.finish();
  recording.store = std::move(outcome.store);
  recording.database = std::move(outcome.database);
  if (recording.store) recording.run = outcome.run;
  recording.drops = outcome.drops;
  recording.cost = read_own_cost(parts.host);
  return recording;
}

}  // namespace

Recording monitor_run(const MonitorRequest& request, const MonitorParts& parts) {
  name_this_thread("monitor");
  const auto notice = [&parts](const std::string& line) { parts.parent->notice(line); };
  const auto trainer = ProcessWatch::open(parts.host, request.info.process);
  const bool has_journal = trainer || !request.journal.empty();  // it may have gone already
  auto journal = has_journal ? open_run_journal(request) : std::unexpected(trainer.error());
  if (!journal && has_journal)
    notice(journal.error().message + "; what the trainer records itself will be missing");
  if (parts.on_journal) parts.on_journal(journal ? journal->path() : std::filesystem::path{});
  RowWriter writer{request.info,
                   {.database = request.database,
                    .rescue_databases = request.rescue_databases,
                    .resumed = request.resumed,
                    .notice = notice}};
  const SensorOptions options{.track_per_process = request.info.settings.track_per_process};
  auto sensors = Sensors::open(parts.host, request.info.process, options, *parts.clock);
  RunObservation observation;
  if (trainer && sensors) {
    writer.wait_first_try(milliseconds{1000});
    if (parts.on_ready) parts.on_ready();
    Watching watching{request, parts, std::move(*sensors), writer, journal ? &*journal : nullptr};
    observation = watching.until_the_end(*trainer);
  } else {
    notice((trainer ? sensors.error() : trainer.error()).message + "; nothing was seen of it");
    if (journal) observation.said = take_journal_alone(*journal, writer, request.info.process.pid);
  }
  const bool run_goes_on = observation.stopped_watching;
  auto recording = gather(writer, request, parts, std::move(observation));
  if (journal) leave_journal(*journal, writer, parts, run_goes_on);
  return recording;
}

}  // namespace tidemark
