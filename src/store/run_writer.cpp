#include "store/run_writer.h"

#include <array>
#include <random>
#include <string>

#include "store/model_rows.h"
#include "store/other_writer.h"
#include "store/row_writer.h"
#include "store/sqlite_error.h"
#include "store/string_list.h"

namespace tidemark {
namespace {

/// A random UUID (RFC 9562, version 4), as ai-toolkit's job ids are.
std::string new_job_id() {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  std::random_device random;
  std::string id{kForm};
  for (char& c : id) {
    const auto nibble = random() & 15U;
    if (c == 'x') c = kHex[nibble];
    if (c == 'y') c = kHex[8U | (nibble & 3U)];
  }
  return id;
}

Result<std::optional<std::string>> id_of_name(Connection& db, std::string_view name) {
  auto statement = db.prepare(
      "SELECT id FROM TidemarkJob WHERE name = ? ORDER BY created_at DESC, rowid DESC LIMIT 1");
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->bind(name).step();
  if (!row) return std::unexpected(row.error());
  return *row ? statement->text(0) : std::nullopt;
}

Result<std::string> find_or_make_job(Connection& db, const RunInfo& info) {
  std::string id = info.job_id;
  if (id.empty()) {
    const auto found = id_of_name(db, info.job_name);
    if (!found) return std::unexpected(found.error());
    id = *found ? **found : new_job_id();
  }
  const std::string& name = info.job_name.empty() ? id : info.job_name;
  // A job that comes with another name was renamed; without a name it keeps the one it has.
  auto statement = db.prepare(
      "INSERT INTO TidemarkJob (id, name, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO "
      "UPDATE "
      "SET name = excluded.name WHERE ?4 AND name <> excluded.name");
  if (!statement) return std::unexpected(statement.error());
  const std::int64_t has_name = info.job_name.empty() ? 0 : 1;
  auto done = statement->bind(id)
                  .bind(name)
                  .bind(info.anchor.unix_seconds(info.anchor.boot))
                  .bind(has_name)
                  .run();
  if (!done) return std::unexpected(done.error());
  return id;
}

Result<std::int64_t> next_number(Connection& db, const std::string& job_id) {
  auto statement = db.prepare("SELECT max(number) FROM TidemarkRun WHERE job_id = ?");
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->bind(job_id).step();
  if (!row) return std::unexpected(row.error());
  if (const auto highest = statement->integer(0)) return *highest + 1;
  const auto others = other_rows(db, job_id);  // they are run 1
  if (!others) return std::unexpected(others.error());
  return *others ? 2 : 1;
}

std::optional<std::string_view> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string_view>{text};
}

void bind_settings(Statement& statement, const MonitoringSettings& settings) {
  statement.bind(std::int64_t{settings.enabled})
      .bind(settings.sample_interval_seconds)
      .bind(std::int64_t{settings.track_per_process})
      .bind(std::int64_t{settings.analyze_on_complete})
      .bind(settings.memory_warning_ratio)
      .bind(settings.memory_critical_ratio)
      .bind(settings.performance_log_every);
}

Result<std::int64_t> insert_run(Connection& db, const RunInfo& info, const std::string& job_id,
                                std::int64_t number) {
  auto statement = db.prepare(
      "INSERT INTO TidemarkRun (job_id, number, status, started_at, host, boot_id, process_pid, "
      "process_start_ticks, monitor_pid, monitor_start_ticks, command, working_directory, "
      "config_path, "
      "config, monitoring_enabled, sample_interval_seconds, track_per_process, "
      "analyze_on_complete, "
      "memory_warning_ratio, memory_critical_ratio, performance_log_every, anchor_boot_ns, "
      "anchor_wall_ns, tidemark_version) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(job_id)
      .bind(number)
      .bind(name_of(RunStatus::running))
      .bind(info.anchor.unix_seconds(info.anchor.boot))
      .bind(unless_empty(info.host))
      .bind(unless_empty(info.boot_id))
      .bind(info.process.pid)
      .bind(static_cast<std::int64_t>(info.process.start_ticks))
      .bind(info.monitor.pid)
      .bind(static_cast<std::int64_t>(info.monitor.start_ticks))
      .bind(string_list_json(info.command))
      .bind(unless_empty(info.working_directory))
      .bind(unless_empty(info.config_path))
      .bind(unless_empty(info.config_json));
  bind_settings(*statement, info.settings);
  statement->bind(info.anchor.boot.ns)
      .bind(info.anchor.wall.ns)
      .bind(unless_empty(info.tidemark_version));
  if (auto done = statement->run(); !done) return std::unexpected(done.error());
  return db.last_id();
}

Result<void> no_such_run(const Connection& db, const RunKey& run) {
  return fail(Errc::not_found, printable(db.file()) + ": run " + std::to_string(run.number) +
                                   " of this job is not here (any more)");
}

/// The report of ours that this run has. Rows of another writer have no `analysis`.
constexpr std::string_view kOurReport =
    " WHERE job_id = ? AND run_id IS ? AND analysis IS NOT NULL";

std::optional<std::int64_t> stored_run_id(const RunKey& run) {
  return run.id == 0 ? std::nullopt : std::optional{run.id};
}

}  // namespace

Result<RunKey> write_run_begin(Connection& db, const RunInfo& info) {
  if (info.job_id.empty() && info.job_name.empty())
    return fail(Errc::invalid, "a run needs a job id or a job name");
  // The write lock is held from here on: two monitors that begin a run of one job at the same
  // moment come one after the other, and each sees what the other has made.
  auto transaction = Transaction::begin(db);
  if (!transaction) return std::unexpected(transaction.error());
  auto job_id = find_or_make_job(db, info);
  if (!job_id) return std::unexpected(job_id.error());
  const auto number = next_number(db, *job_id);
  if (!number) return std::unexpected(number.error());
  const auto run_id = insert_run(db, info, *job_id, *number);
  if (!run_id) return std::unexpected(run_id.error());
  if (auto done = transaction->commit(); !done) return std::unexpected(done.error());
  return RunKey{*run_id, std::move(*job_id), *number};
}

Result<void> write_run_resumed(Connection& db, const RunKey& run, ProcessIdentity monitor) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return std::unexpected(transaction.error());
  auto statement = db.prepare(
      "UPDATE TidemarkRun SET monitor_pid = ?, monitor_start_ticks = ? "
      "WHERE id = ? AND job_id = ? AND ended_at IS NULL");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(monitor.pid)
      .bind(static_cast<std::int64_t>(monitor.start_ticks))
      .bind(run.id)
      .bind(run.job_id);
  if (auto done = statement->run(); !done) return done;
  if (db.changes() == 0) return no_such_run(db, run);
  return transaction->commit();
}

Result<void> write_run_end(Connection& db, const RunKey& run, const RunEnd& end,
                           const DropCounters& drops) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return std::unexpected(transaction.error());
  auto statement = db.prepare(
      "UPDATE TidemarkRun SET status = ?, ended_at = ?, exit_kind = ?, exit_code = ?, exit_signal "
      "= ?, "
      "exit_evidence = ?, main_max_rss_bytes = ?, monitor_cpu_seconds = ?, monitor_pss_bytes = ? "
      "WHERE id = ? AND job_id = ?");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(name_of(status_of(end.exit.kind)))
      .bind(end.unix_seconds)
      .bind(name_of(end.exit.kind))
      .bind(end.exit.code)
      .bind(end.exit.signal)
      .bind(string_list_json(end.exit.evidence))
      .bind(end.main_max_rss)
      .bind(end.monitor_cpu_seconds)
      .bind(end.monitor_pss)
      .bind(run.id)
      .bind(run.job_id);
  if (auto done = statement->run(); !done) return done;
  if (db.changes() == 0) return no_such_run(db, run);
  if (auto done = write_drops(db, run.id, drops); !done) return done;
  return transaction->commit();
}

Result<void> write_report(Connection& db, const RunKey& run, const StoredReport& report) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return std::unexpected(transaction.error());
  auto old = db.prepare("DELETE FROM AnalysisReport" + std::string{kOurReport});
  if (!old) return std::unexpected(old.error());
  if (auto done = old->bind(run.job_id).bind(stored_run_id(run)).run(); !done) return done;
  auto statement = db.prepare(
      "INSERT INTO AnalysisReport (job_id, run_id, created_at, summary, recommendations, "
      "log_errors, "
      "peak_memory_gb, health_score, analysis) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(run.job_id)
      .bind(stored_run_id(run))
      .bind(report.created_at)
      .bind(report.summary)
      .bind(report.recommendations)
      .bind(unless_empty(report.log_errors))
      .bind(report.peak_memory_gb)
      .bind(unless_empty(report.health_score))
      .bind(report.analysis);
  if (auto done = statement->run(); !done) return done;
  if (auto done = write_models(db, run, report); !done) return done;
  return transaction->commit();
}

}  // namespace tidemark
