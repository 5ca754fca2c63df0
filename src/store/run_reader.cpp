#include "store/run_reader.h"

#include <algorithm>
#include <string>

#include "store/other_writer.h"
#include "store/sqlite_error.h"
#include "store/string_list.h"

namespace tidemark {
namespace {

constexpr std::string_view kSelectRun =
    "SELECT id, job_id, number, "
    "coalesce((SELECT name FROM TidemarkJob WHERE TidemarkJob.id = job_id), job_id), "
    "host, boot_id, process_pid, process_start_ticks, monitor_pid, monitor_start_ticks, command, "
    "working_directory, config_path, config, tidemark_version, anchor_boot_ns, anchor_wall_ns, "
    "monitoring_enabled, sample_interval_seconds, track_per_process, analyze_on_complete, "
    "memory_warning_ratio, memory_critical_ratio, performance_log_every, "
    "ended_at, exit_kind, exit_code, exit_signal, exit_evidence, main_max_rss_bytes, "
    "monitor_cpu_seconds, monitor_pss_bytes FROM TidemarkRun ";

/// Takes the columns of a row one after the other.
class ColumnReader {
 public:
  explicit ColumnReader(const Statement& row) : row_(row) {}
  std::optional<std::int64_t> integer() { return row_.integer(next_++); }
  std::optional<double> real() { return row_.real(next_++); }
  std::optional<Bytes> bytes() { return row_.bytes(next_++); }
  std::optional<std::string> text() { return row_.text(next_++); }
  std::string text_or_empty() { return text().value_or(""); }
  std::optional<std::int32_t> integer32() {
    const auto value = integer();
    return value ? std::optional{static_cast<std::int32_t>(*value)} : std::nullopt;
  }
  std::vector<std::string> list() {
    const auto json = text();
    return json ? parse_string_list(*json).value_or(std::vector<std::string>{})
                : std::vector<std::string>{};
  }
  ProcessIdentity process() {
    const auto pid = integer32().value_or(0);
    return {pid, static_cast<std::uint64_t>(integer().value_or(0))};
  }

 private:
  const Statement& row_;
  int next_ = 0;
};

MonitoringSettings read_settings(ColumnReader& columns) {
  const MonitoringSettings defaults;
  MonitoringSettings settings;
  settings.enabled = columns.integer().value_or(1) != 0;
  settings.sample_interval_seconds = columns.real().value_or(defaults.sample_interval_seconds);
  settings.track_per_process = columns.integer().value_or(1) != 0;
  settings.analyze_on_complete = columns.integer().value_or(1) != 0;
  settings.memory_warning_ratio = columns.real().value_or(defaults.memory_warning_ratio);
  settings.memory_critical_ratio = columns.real().value_or(defaults.memory_critical_ratio);
  settings.performance_log_every = columns.integer().value_or(0);
  return settings;
}

std::optional<RunEnd> read_end(ColumnReader& columns) {
  const auto ended_at = columns.real();
  if (!ended_at) return std::nullopt;
  RunEnd end;
  end.unix_seconds = *ended_at;
  end.exit.kind = exit_kind_from(columns.text_or_empty()).value_or(ExitKind::unknown);
  end.exit.code = columns.integer32();
  end.exit.signal = columns.integer32();
  end.exit.evidence = columns.list();
  end.main_max_rss = columns.bytes();
  end.monitor_cpu_seconds = columns.real();
  end.monitor_pss = columns.bytes();
  return end;
}

StoredRun read_run(const Statement& row) {
  ColumnReader columns{row};
  StoredRun run;
  run.key.id = columns.integer().value_or(0);
  run.key.job_id = columns.text_or_empty();
  run.key.number = columns.integer().value_or(1);
  run.info.job_id = run.key.job_id;
  run.info.job_name = columns.text_or_empty();
  run.info.host = columns.text_or_empty();
  run.info.boot_id = columns.text_or_empty();
  run.info.process = columns.process();
  run.info.monitor = columns.process();
  run.info.command = columns.list();
  run.info.working_directory = columns.text_or_empty();
  run.info.config_path = columns.text_or_empty();
  run.info.config_json = columns.text_or_empty();
  run.info.tidemark_version = columns.text_or_empty();
  run.info.anchor.boot.ns = columns.integer().value_or(0);
  run.info.anchor.wall.ns = columns.integer().value_or(0);
  run.info.settings = read_settings(columns);
  run.end = read_end(columns);
  return run;
}

Result<DropCounters> load_drops(Connection& db, std::int64_t run_id) {
  DropCounters drops;
  auto statement = db.prepare("SELECT reason, count FROM TidemarkDrop WHERE run_id = ?");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(run_id);
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return drops;
    const auto found = std::ranges::find(kDropNames, statement->text_view(0));
    const auto count = statement->integer(1).value_or(0);
    if (found == kDropNames.end() || count < 0) continue;
    drops.add(static_cast<Drop>(found - kDropNames.begin()), static_cast<std::uint64_t>(count));
  }
}

// How such a run ended is not in its rows; their last moment is the best that is known of when.
StoredRun run_of_other_writer(std::string_view job_id, const OtherRows& rows) {
  StoredRun run;
  run.key.job_id = job_id;
  run.info.job_id = job_id;
  run.info.job_name = job_id;
  run.info.anchor.wall = WallTime{} + from_seconds(rows.first_seconds);
  RunEnd end;
  end.unix_seconds = rows.last_seconds;
  end.exit.kind = ExitKind::unknown;
  end.exit.evidence = {"recorded by another program, which stores no exit"};
  run.end = end;
  return run;
}

Result<std::vector<StoredRun>> read_runs(Connection& db, Statement& statement) {
  std::vector<StoredRun> runs;
  for (;;) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    runs.push_back(read_run(statement));
  }
  for (auto& run : runs) {
    const auto drops = load_drops(db, run.key.id);
    if (!drops) return std::unexpected(drops.error());
    run.drops = *drops;
  }
  return runs;
}

Result<std::vector<StoredRun>> load_own_runs(Connection& db, std::string_view job_id) {
  auto statement = db.prepare(std::string{kSelectRun} + "WHERE job_id = ? ORDER BY number, id");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(job_id);
  return read_runs(db, *statement);
}

}  // namespace

Result<std::vector<StoredRun>> load_unended_runs(Connection& db) {
  auto statement = db.prepare(std::string{kSelectRun} + "WHERE ended_at IS NULL ORDER BY id DESC");
  if (!statement) return std::unexpected(statement.error());
  return read_runs(db, *statement);
}

Result<std::optional<StoredRun>> load_run_of_process(Connection& db, ProcessIdentity process,
                                                     std::string_view boot_id) {
  auto statement = db.prepare(
      std::string{kSelectRun} +
      "WHERE process_pid = ? AND process_start_ticks = ? AND boot_id = ? ORDER BY id DESC LIMIT 1");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(process.pid).bind(static_cast<std::int64_t>(process.start_ticks)).bind(boot_id);
  auto runs = read_runs(db, *statement);
  if (!runs) return std::unexpected(runs.error());
  if (runs->empty()) return std::nullopt;
  return std::move(runs->front());
}

Result<std::vector<StoredRun>> load_runs(Connection& db, std::string_view job_id) {
  auto runs = load_own_runs(db, job_id);
  if (!runs) return runs;
  if (!runs->empty() && runs->front().key.number == 1) return runs;
  const auto others = other_rows(db, job_id);
  if (!others) return std::unexpected(others.error());
  if (!*others) return runs;
  auto first = run_of_other_writer(job_id, **others);
  if (!runs->empty()) first.info.job_name = runs->front().info.job_name;
  runs->insert(runs->begin(), std::move(first));
  return runs;
}

Result<StoredRun> load_run(Connection& db, std::string_view job_id,
                           std::optional<std::int64_t> number) {
  auto runs = load_runs(db, job_id);
  if (!runs) return std::unexpected(runs.error());
  if (runs->empty())
    return fail(Errc::not_found, printable(db.file()) + ": no job " +
                                     printable(std::string{job_id}) +
                                     "; `tidemark jobs` lists them");
  if (!number) return std::move(runs->back());
  for (auto& run : *runs)
    if (run.key.number == *number) return std::move(run);
  return fail(Errc::not_found, printable(db.file()) + ": job " + printable(std::string{job_id}) +
                                   " has no run " + std::to_string(*number) + "; its latest is " +
                                   std::to_string(runs->back().key.number));
}

Result<std::optional<StoredReport>> load_report(Connection& db, const RunKey& run) {
  auto statement = db.prepare(
      "SELECT created_at, summary, recommendations, log_errors, peak_memory_gb, health_score, "
      "analysis "
      "FROM AnalysisReport WHERE job_id = ?1 AND (run_id = ?2 OR (run_id IS NULL AND ?3 = 1)) "
      "ORDER BY analysis IS NULL, created_at DESC, id DESC LIMIT 1");
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->bind(run.job_id).bind(run.id).bind(run.number).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  ColumnReader columns{*statement};
  StoredReport report;
  report.created_at = columns.real().value_or(0);
  report.summary = columns.text_or_empty();
  report.recommendations = columns.text_or_empty();
  report.log_errors = columns.text_or_empty();
  report.peak_memory_gb = columns.real();
  report.health_score = columns.text_or_empty();
  report.analysis = columns.text_or_empty();
  return report;
}

}  // namespace tidemark
