// Watches one run from outside its process until it ends: samples, events, steps from its output,
// into the store. Nothing here can block or harm the trainer, and nothing here throws.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/drops.h"
#include "core/result.h"
#include "core/time.h"
#include "journal/journal.h"
#include "logscan/logscan.h"
#include "os/host_root.h"
#include "os/unique_fd.h"
#include "sensing/sensing.h"
#include "store/store.h"
#include "telemetry/client_word.h"
#include "telemetry/run.h"

namespace tidemark {

/// Where the trainer's output can be read.
struct OutputSource {
  int pipe_fd = -1;                  // a copy that the launcher carries; -1: none
  std::string file{};                // a regular file the trainer writes to; empty: none
  std::int64_t file_offset = 0;      // where this run's output begins in it, or is followed from
  std::int64_t earlier_offset = -1;  // where it began before it was followed; -1: not known
};

/// What the trainer's parent knows when it has reaped it.
struct ReapedTrainer {
  int wait_status = 0;
  std::optional<Bytes> max_rss{};          // wait4's ru_maxrss
  std::uint64_t output_bytes_dropped = 0;  // output that could not be copied to the monitor
  std::vector<int> signals_sent{};         // what the launcher handed on
};

/// Messages from and to the process that started the monitor; the default is nobody there (attach).
struct ParentLink {
  virtual ~ParentLink() = default;
  /// Readable when a message waits or the parent is gone; -1: nobody there.
  virtual int poll_fd() const { return -1; }
  /// Takes the messages that wait. False once the parent is gone.
  virtual bool receive() { return false; }
  virtual std::optional<ReapedTrainer> reaped() const { return std::nullopt; }
  /// Regular files that the trainer writes its output to, as far as they are known by now.
  virtual std::span<const OutputSource> output_files() const { return {}; }
  /// One line for the user, shown when it does not disturb the trainer's output.
  virtual void notice(const std::string& /*line*/) {}
};

/// The program that started the job, where one did and can be asked. Each may be empty.
struct ClientFeed {
  /// Steps that it keeps itself, those since the last call. Never waits.
  std::function<std::vector<StepRecord>()> take_steps{};
  /// The rest of them, once, when the run has ended.
  std::function<std::vector<StepRecord>()> finish_steps{};
  /// What it says of the job now: one short query. Absent: it cannot be read at the moment.
  std::function<std::optional<ClientWord>()> word{};
};

/// What is done when memory is at its critical line, or about to be.
enum class GuardPolicy : std::uint8_t {
  off,
  warn,  // an event and a line
  stop,  // SIGINT to the main process, SIGTERM where it has not left after a grace time
};
std::string_view name_of(GuardPolicy policy);
std::optional<GuardPolicy> guard_policy_from(std::string_view name);

struct MonitorRequest {
  RunInfo info{};  // process, settings, config snapshot
  std::filesystem::path database{};
  std::vector<std::filesystem::path> rescue_databases{};  // tried in order when `database` refuses
  std::vector<OutputSource> outputs{};
  std::filesystem::path
      journal{};  // made by the trainer or by a monitor that died; empty: make one
  std::optional<RunKey> resumed{};  // a run of `database` whose monitor died: it goes on
  GuardPolicy guard = GuardPolicy::off;
  std::string notify_url{};  // a web hook; the monitor's process tells it, not this loop
};

struct MonitorParts {
  HostRoot host{};
  const Clock* clock = nullptr;
  ParentLink* parent = nullptr;           // never null
  int stop_fd = -1;                       // readable: stop watching although the trainer runs
  std::string journalctl = "journalctl";  // asked once, after a kill that nothing else explains
  /// The journal is there (empty: there is none), before anything that could take long.
  std::function<void(const std::filesystem::path&)> on_journal{};
  std::function<void()> on_ready{};  // sensors are open and the store was tried once
  /// The critical line was crossed: the event `memory_critical`, once for each time. Must not wait.
  std::function<void(const EventRecord&)> on_critical{};
  ClientFeed client{};
};

/// What the trainer itself said of its end, through the journal.
struct TrainerWord {
  std::optional<SeenException> exception{};
  bool keyboard_interrupt = false;
  std::optional<bool> completed{};  // its `with tidemark.monitor()` block was left: in good order?
};

/// What was seen of the end, before anybody judges it.
struct RunObservation {
  std::optional<int> wait_status{};
  bool wait_status_from_pidfd = false;  // else from the parent's wait4
  bool stopped_watching = false;        // the monitor was told to stop; the trainer may still run
  std::string unseen_because{};         // why nobody saw the end; empty: it was watched
  bool machine_restarted = false;       // while it ran
  std::optional<ClientWord> client_word{};  // soon after the end
  std::vector<int> signals_sent{};
  std::vector<int> guard_signals{};  // that the guard sent to the main process
  std::string guard_reason{};        // a sentence
  std::optional<Bytes> main_max_rss{};
  OutputVerdict output{};
  bool output_seen = false;                  // its output could be read at all
  std::optional<LogErrorRecord> deciding{};  // what its output says decided the run
  TrainerWord said{};
  std::vector<OomKill> oom_kills{};           // kernel log during the run
  std::vector<OomDaemonKill> daemon_kills{};  // kernel log, and the system's journal at the end
  std::vector<std::string> gpu_errors{};      // kernel log
  bool kernel_log_readable = false;
  LogNames log_names{};
  std::string cgroup{};                    // the trainer's memory cgroup
  OomLevels oom_levels{};                  // growth since it was first seen in it
  std::vector<ProcessIdentity> members{};  // every process that ever belonged to the run
  std::vector<std::string> member_names{};
  std::optional<std::uint64_t> cgroup_oom_kills{};   // growth during the run, trainer's cgroup
  std::optional<std::uint64_t> cgroup_limit_hits{};  // growth at the limiting cgroup
  std::optional<std::uint64_t> host_oom_kills{};     // growth of the machine's counter
  std::optional<std::uint64_t>
      host_oom_kills_at_end{};  // after the last sample with the trainer alive
  std::optional<std::int64_t> last_step{}, total_steps{};  // as the output showed them
  std::optional<SampleRow> last_sample{};                  // the last with the trainer alive
  std::optional<double> last_step_at{}, last_output_at{}, last_record_at{};  // unix seconds
  double seen_ended_at = 0;                                                  // unix seconds
  std::vector<std::string> left_behind{};  // "name (pid)" of descendants that outlived it
};

/// A finished recording; `store` is open on the database that was used in the end.
struct Recording {
  std::optional<Store> store{};  // absent: no database took the rows
  std::filesystem::path database{};
  std::optional<RunKey> run{};
  DropCounters drops{};
  RunObservation observation{};
  double ended_at = 0;  // unix seconds
  OwnCost cost{};
};

/// Returns when the run has ended and its rows are stored (or no database takes them).
Recording monitor_run(const MonitorRequest& request, const MonitorParts& parts);

/// What a file with a run's output says, for a run whose end nobody saw.
struct OutputFileReading {
  OutputVerdict verdict{};
  LogErrors errors{};
  std::optional<LogErrorRecord> deciding{};
};
/// Of a large file the last 256 MiB. Absent: it cannot be read, or is empty.
std::optional<OutputFileReading> read_output_file(const std::filesystem::path& file);

// --- journals that a dead monitor left
// --------------------------------------------------------------------

/// What a journal's label says, for the one who finds it after its monitor's death.
struct JournalLabel {
  // Where its rows may be, the one that is written to last first.
  std::vector<std::filesystem::path> databases{};
  std::string job_id{};
  std::string job_name{};
};
/// JSON of at most 8 KiB, the databases that do not fit left out.
std::string encode(const JournalLabel& label);
/// What is missing or makes no sense is empty.
JournalLabel decode_journal_label(std::string_view text);

/// The run that a journal's records belong to, in the first of its databases that knows it.
struct JournalHome {
  std::filesystem::path database{};
  StoredRun run{};
  std::string
      position{};  // of the journal, as the store has it; empty: none of its records is there
};
/// Absent: no database has it. `databases`: as the label names them. Errors: a database that cannot
/// be opened and may have it.
Result<std::optional<JournalHome>> find_journal_home(
    const JournalInfo& info, const std::vector<std::filesystem::path>& databases);

struct RecoveredJournal {
  std::filesystem::path database{};
  RunKey run{};
  std::uint64_t records = 0;
  TrainerWord said{};     // in these records
  std::string problem{};  // the journal is damaged, and stays; empty: it is not
  bool removed = false;   // else its trainer lives and writes on, or one of its descendants does
};

/// Stores what a journal holds that no row has yet, in the database that its label names (else in
/// `default_database`), under the run it belongs to or a new one. Errors: busy (it is being
/// drained), and what opening the journal or the database says; the journal stays then.
Result<RecoveredJournal> recover_journal(const std::filesystem::path& journal,
                                         const std::filesystem::path& default_database,
                                         const HostRoot& host);

// --- the wire between `tidemark run` and its monitor
// -------------------------------------------------

/// Frames of JSON over a stream socket; either side may vanish at any time.
class ControlChannel {
 public:
  /// A connected pair, close-on-exec.
  static Result<std::pair<ControlChannel, ControlChannel>> pair();
  explicit ControlChannel(UniqueFd socket) : socket_(std::move(socket)) {}

  int fd() const { return socket_.get(); }
  int release() { return socket_.release(); }
  /// False when the other side is gone or its buffer stays full for longer than `wait`.
  bool send(const std::string& message,
            std::chrono::milliseconds wait = std::chrono::milliseconds{200});
  /// The next whole message, waiting at most `wait`. Absent: none came, or the other side is gone
  /// (see `closed`).
  std::optional<std::string> receive(std::chrono::milliseconds wait);
  bool closed() const { return closed_; }

 private:
  std::optional<std::string> take_frame();
  UniqueFd socket_;
  std::string pending_{};
  bool closed_ = false;
};

std::string encode(const MonitorRequest& request);
Result<MonitorRequest> decode_request(const std::string& message);

/// What the launcher tells its monitor after the request.
struct LauncherMessage {
  std::optional<ProcessIdentity> started{};
  std::optional<OutputSource> output_file{};
  std::optional<ReapedTrainer> reaped{};
};
std::string encode(const LauncherMessage& message);
Result<LauncherMessage> decode_launcher_message(const std::string& message);

/// What the monitor tells the launcher.
struct MonitorMessage {
  std::string journal{};  // its path, as soon as there is one
  bool ready = false;
  std::string notice{};
  bool done = false;  // with the place of the recording, if there is one
  std::string database{};
  std::string job_id{};
  std::int64_t run_number = 0;
};
std::string encode(const MonitorMessage& message);
Result<MonitorMessage> decode_monitor_message(const std::string& message);

}  // namespace tidemark
