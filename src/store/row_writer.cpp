#include "store/row_writer.h"

#include <algorithm>
#include <string>
#include <vector>

#include "store/journal_rows.h"
#include "store/log_rows.h"
#include "store/row_codec.h"
#include "store/sqlite_error.h"
#include "store/step_merge.h"

namespace tidemark {
namespace {

// Built once: the statement cache goes by the text.
const std::string& insert_sample_sql() {
  static const std::string sql =
      "INSERT INTO MetricsSample (job_id, run_id, gpu_count, tenant_count, " + sample_columns() +
      ") VALUES (" + placeholders(4 + sample_column_count()) + ")";
  return sql;
}

const std::string& insert_step_sql() {
  static const std::string sql = "INSERT INTO StepMetric (job_id, run_id, " +
                                 std::string{step_columns()} + ") VALUES (" +
                                 placeholders(2 + step_column_count()) + ")";
  return sql;
}

const std::string& update_step_sql() {
  static const std::string sql = "UPDATE StepMetric SET (" + std::string{step_columns()} + ") = (" +
                                 placeholders(step_column_count()) + ") WHERE id = ?";
  return sql;
}

const std::string& find_step_sql() {
  static const std::string sql =
      "SELECT id, " + std::string{step_columns()} +
      " FROM StepMetric WHERE job_id = ? AND run_id = ? AND step = ? AND coalesce(rank, 0) = ?"
      " ORDER BY id DESC LIMIT 1";
  return sql;
}

const std::string& insert_gpu_sql() {
  static const std::string sql = "INSERT INTO TidemarkGpuSample (sample_id, " +
                                 std::string{gpu_columns()} + ") VALUES (" +
                                 placeholders(1 + gpu_column_count()) + ")";
  return sql;
}

const std::string& insert_process_sql() {
  static const std::string sql = "INSERT INTO TidemarkProcessSample (sample_id, " +
                                 std::string{process_columns()} + ") VALUES (" +
                                 placeholders(1 + process_column_count()) + ")";
  return sql;
}

const std::string& insert_tenant_sql() {
  static const std::string sql = "INSERT INTO TidemarkTenant (sample_id, " +
                                 std::string{tenant_columns()} + ") VALUES (" +
                                 placeholders(1 + tenant_column_count()) + ")";
  return sql;
}

/// One row of one statement: `fill` binds its values.
template <class Fill>
Result<void> run_with(Connection& db, const std::string& sql, const Fill& fill) {
  auto statement = db.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  fill(*statement);
  return statement->run();
}

Result<void> write_details(Connection& db, std::int64_t sample_id, const SampleRow& sample) {
  for (const auto& gpu : sample.gpus) {
    const bool shares_index =
        std::ranges::count(sample.gpus, gpu.device_index, &GpuSample::device_index) > 1;
    auto done =
        run_with(db, insert_gpu_sql(), [&](Statement& s) { bind_gpu(s.bind(sample_id), gpu); });
    if (!done) return done;
    for (const auto& process : gpu.processes) {
      auto listed = run_with(
          db,
          "INSERT INTO TidemarkGpuProcess (sample_id, device_index, pid, memory_bytes, of_run, "
          "device_uid) VALUES (?, ?, ?, ?, ?, ?)",
          [&](Statement& s) { bind_gpu_process(s.bind(sample_id), gpu, process, shares_index); });
      if (!listed) return listed;
    }
  }
  for (const auto& process : sample.processes) {
    auto done = run_with(db, insert_process_sql(),
                         [&](Statement& s) { bind_process(s.bind(sample_id), process); });
    if (!done) return done;
  }
  for (const auto& tenant : sample.tenants) {
    auto done = run_with(db, insert_tenant_sql(),
                         [&](Statement& s) { bind_tenant(s.bind(sample_id), tenant); });
    if (!done) return done;
  }
  return {};
}

Result<std::int64_t> write_sample(Connection& db, const RunKey& run, const SampleRow& sample) {
  auto done = run_with(db, insert_sample_sql(), [&](Statement& s) {
    s.bind(run.job_id).bind(run.id).bind(static_cast<std::int64_t>(sample.gpus.size()));
    s.bind(sample.tenants.empty()
               ? std::nullopt
               : std::optional{static_cast<std::int64_t>(sample.tenants.size())});
    bind_sample(s, sample);
  });
  if (!done) return std::unexpected(done.error());
  const auto sample_id = db.last_id();
  if (auto details = write_details(db, sample_id, sample); !details)
    return std::unexpected(details.error());
  return sample_id;
}

Result<void> write_event(Connection& db, const RunKey& run, const WriteGroup::EventEntry& entry,
                         const std::vector<std::int64_t>& sample_ids) {
  std::optional<std::int64_t> snapshot;
  if (entry.sample_index && *entry.sample_index < sample_ids.size())
    snapshot = sample_ids[*entry.sample_index];
  constexpr auto kSql =
      "INSERT INTO TrainingEvent (job_id, run_id, timestamp, event_type, details, "
      "memory_snapshot_id, rank) VALUES (?, ?, ?, ?, nullif(?, ''), ?, ?)";
  return run_with(db, kSql, [&](Statement& s) {
    s.bind(run.job_id)
        .bind(run.id)
        .bind(entry.event.unix_seconds)
        .bind(entry.event.type)
        .bind(entry.event.details)
        .bind(snapshot)
        .bind(entry.event.rank);
  });
}

struct KeptStep {
  std::int64_t id = 0;
  StepRecord step{};
};

Result<std::optional<KeptStep>> find_step(Connection& db, const RunKey& run,
                                          const StepRecord& step) {
  auto statement = db.prepare(find_step_sql());
  if (!statement) return std::unexpected(statement.error());
  statement->bind(run.job_id).bind(run.id).bind(step.step).bind(step.rank);
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return KeptStep{statement->integer(0).value_or(0), read_step(*statement, 1)};
}

Result<void> write_step(Connection& db, const RunKey& run, const StepRecord& step) {
  const auto kept = find_step(db, run, step);
  if (!kept) return std::unexpected(kept.error());
  if (*kept && is_same_step((*kept)->step, step)) {
    const auto merged = merge_steps((*kept)->step, step);
    return run_with(db, update_step_sql(), [&](Statement& s) {
      bind_step(s, merged);
      s.bind((*kept)->id);
    });
  }
  return run_with(db, insert_step_sql(),
                  [&](Statement& s) { bind_step(s.bind(run.job_id).bind(run.id), step); });
}

// The config that the trainer itself told; one that was found on the command line stays.
Result<void> write_config(Connection& db, const RunKey& run, const std::string& config_json) {
  if (config_json.empty()) return {};
  return run_with(db, "UPDATE TidemarkRun SET config = ? WHERE id = ? AND config IS NULL",
                  [&](Statement& s) { s.bind(config_json).bind(run.id); });
}

// A run that was removed while it goes on must not leave rows that nobody can find.
Result<void> require_run(Connection& db, const RunKey& run) {
  auto statement = db.prepare("SELECT 1 FROM TidemarkRun WHERE id = ? AND job_id = ?");
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->bind(run.id).bind(run.job_id).step();
  if (!row) return std::unexpected(row.error());
  if (*row) return {};
  return fail(Errc::not_found,
              printable(db.file()) + ": run " + std::to_string(run.number) +
                  " of this job is not here (any more); start a new run to record on");
}

}  // namespace

Result<void> write_drops(Connection& db, std::int64_t run_id, const DropCounters& drops) {
  for (std::size_t i = 0; i < kDropKinds; ++i) {
    const auto count = drops.of(static_cast<Drop>(i));
    if (count == 0) continue;
    auto done =
        run_with(db,
                 "INSERT INTO TidemarkDrop (run_id, reason, count) VALUES (?, ?, ?) "
                 "ON CONFLICT (run_id, reason) DO UPDATE SET count = excluded.count "
                 "WHERE count <> excluded.count",
                 [&](Statement& s) {
                   s.bind(run_id).bind(kDropNames[i]).bind(static_cast<std::int64_t>(count));
                 });
    if (!done) return done;
  }
  return {};
}

Result<void> write_rows(Connection& db, const RunKey& run, const WriteGroup& group,
                        const DropCounters& drops) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto there = require_run(db, run); !there) return there;
  std::vector<std::int64_t> sample_ids;
  for (const auto& sample : group.samples) {
    const auto id = write_sample(db, run, sample);
    if (!id) return std::unexpected(id.error());
    sample_ids.push_back(*id);
  }
  for (const auto& entry : group.events)
    if (auto done = write_event(db, run, entry, sample_ids); !done) return done;
  for (const auto& step : group.steps)
    if (auto done = write_step(db, run, step); !done) return done;
  for (const auto& record : group.allocators)
    if (auto done = write_allocator_record(db, run, record); !done) return done;
  for (const auto& mark : group.log_marks)
    if (auto done = write_log_mark(db, run, mark); !done) return done;
  for (const auto& found : group.log_errors)
    if (auto done = write_log_errors(db, run, found); !done) return done;
  if (auto done = write_config(db, run, group.config_json); !done) return done;
  if (group.journal)
    if (auto done = write_journal_mark(db, run, *group.journal); !done) return done;
  if (auto done = write_drops(db, run.id, drops); !done) return done;
  return transaction->commit();
}

}  // namespace tidemark
