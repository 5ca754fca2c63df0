// What Tidemark knows of the programs that start trainers. Nothing outside knows their files.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "os/host_root.h"
#include "telemetry/client_word.h"
#include "telemetry/process_sample.h"
#include "telemetry/step.h"

namespace tidemark {

// --- where things are ---------------------------------------------------------------------------

/// The ai-toolkit checkout that `folder` is in (itself or an ancestor), by its own files.
std::optional<std::filesystem::path> find_aitoolkit_checkout(const std::filesystem::path& folder);

/// Where the metrics of that checkout's jobs are kept: where `remember_aitoolkit_database` was told
/// to; else `aitk_db.db` itself once its schema.prisma has our models, else `aitk_metrics.db`
/// beside it (in the folder `aitk_metrics` there, where one was made). ai-toolkit pushes its schema
/// at every start, and a table that the schema does not know would keep its UI from starting.
std::optional<std::filesystem::path> aitoolkit_database(const std::filesystem::path& folder);

/// Makes every later command in the checkout use `database`, by a line in `.tidemark_database`
/// there. The default itself needs no line. Errors: those of writing the file.
Result<void> remember_aitoolkit_database(const std::filesystem::path& checkout,
                                         const std::filesystem::path& database);

/// Where they are kept while the schema has no models of ours: `aitk_metrics.db` as above.
std::filesystem::path aitoolkit_separate_database(const std::filesystem::path& checkout);

/// `aitk_db.db` of the checkout: ai-toolkit's own tables, never written.
std::filesystem::path aitoolkit_job_table(const std::filesystem::path& checkout);

// --- ai-toolkit's jobs --------------------------------------------------------------------------

/// A row of its table Job, as far as a watcher needs it.
struct ClientJob {
  std::string id{};
  std::string name{};
  std::string status{};  // queued, running, stopping, stopped, completed, error
  std::string info{};
  std::string type{};        // train, caption
  std::optional<int> pid{};  // of the latest start; an earlier one's until the next is known
  double updated_at = 0;     // unix seconds, of the UI and its worker; the trainer leaves it

  bool is_active() const { return status == "running" || status == "stopping"; }
};

ClientWord word_of(const std::optional<ClientJob>& job);

/// Reads `aitk_db.db` with short queries. The file may be replaced, locked or unreadable at any
/// time: each call opens it anew where it has to.
class JobTable {
 public:
  explicit JobTable(std::filesystem::path file);
  JobTable(JobTable&&) noexcept;
  JobTable& operator=(JobTable&&) noexcept;
  ~JobTable();

  const std::filesystem::path& file() const;
  /// Something was committed since the last call, or nobody can tell. Errors: those of opening.
  Result<bool> changed();
  Result<std::vector<ClientJob>> active_jobs();
  /// Jobs that the UI or its worker has touched after `unix_seconds` and that do not run.
  Result<std::vector<ClientJob>> ended_since(double unix_seconds);
  /// Absent: there is no such job (any more).
  Result<std::optional<ClientJob>> job(const std::string& id);
  /// Where the jobs' folders are: the setting TRAINING_FOLDER, else `output` beside the table.
  Result<std::filesystem::path> training_folder();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The process that runs `job`. Its pid alone proves nothing: a job that is started anew has its
/// last run's until the new one is written, and the kernel gives pids again. So the environment
/// that its worker gave it is asked (AITK_JOB_ID), else its command line (the job folder's
/// `.job_config.json`). Errors: not_found (no pid yet), gone (no such process), invalid (the pid is
/// somebody else's), permission.
Result<ProcessIdentity> find_job_process(const HostRoot& host, const ClientJob& job);

/// What ai-toolkit keeps in a job's folder.
struct JobFiles {
  std::filesystem::path config{};    // `.job_config.json`, written just before each start
  std::filesystem::path log{};       // `log.txt`, begun anew at each start
  std::filesystem::path loss_log{};  // `loss_log.db`, kept over all starts
};
JobFiles job_files(const std::filesystem::path& job_folder);
/// What ai-toolkit's UI shows as the job's tab Plugin, of the job that was started with this config
/// file; absent: that is no job of its UI.
std::optional<std::filesystem::path> plugin_page_of(const std::filesystem::path& config);
/// When the job was started last, by the time of its config, in unix seconds. Absent: never, or its
/// folder is gone.
std::optional<double> last_start_of(const JobFiles& files);

// --- its loss log -------------------------------------------------------------------------------

/// Follows a job's `loss_log.db` on a thread of its own: what it holds of steps from a moment on.
class LossLogFollower {
 public:
  /// `candidates`: the first that exists is read. `since_unix_seconds`: rows from before are
  /// another run's.
  LossLogFollower(std::vector<std::filesystem::path> candidates, double since_unix_seconds);
  LossLogFollower(const LossLogFollower&) = delete;
  LossLogFollower& operator=(const LossLogFollower&) = delete;
  ~LossLogFollower();

  /// The steps found since the last call. Never waits for the file.
  std::vector<StepRecord> take_steps();
  /// The run has ended: reads the rest, for two seconds at most, and stops.
  std::vector<StepRecord> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemark
