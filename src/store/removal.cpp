#include "store/removal.h"

#include <algorithm>
#include <array>
#include <string>

#include "store/job_lookup.h"
#include "store/other_writer.h"
#include "store/run_reader.h"
#include "store/sqlite_error.h"

namespace tidemark {
namespace {

// Rows per transaction: a few milliseconds of holding the write lock, so that a trainer that writes
// to the same file is not kept waiting.
constexpr std::int64_t kChunkRows = 2000;

/// Which rows go: all of a job, those of one run, or those without a run.
struct Scope {
  std::string condition{};      // on job_id (?1) and run_id (?2)
  std::string run_condition{};  // the same on a row of TidemarkRun
  std::string_view job_id{};
  std::int64_t run_id = 0;
};

Scope whole_job(std::string_view job_id) {
  return {"job_id = ?1 AND ?2 IS NOT NULL", "job_id = ?1 AND ?2 IS NOT NULL", job_id, 0};
}
Scope one_run(const RunKey& run) {
  return {"job_id = ?1 AND run_id = ?2", "job_id = ?1 AND id = ?2", run.job_id, run.id};
}
Scope without_run(std::string_view job_id) {
  return {"job_id = ?1 AND run_id IS NULL AND ?2 IS NOT NULL", "?1 IS NULL AND ?2 IS NULL", job_id,
          0};
}

Result<std::int64_t> delete_once(Connection& db, const std::string& sql, const Scope& scope,
                                 std::optional<std::int64_t> limit) {
  auto statement = db.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(scope.job_id).bind(scope.run_id);
  if (limit) statement->bind(*limit);
  if (auto done = statement->run(); !done) return std::unexpected(done.error());
  return db.changes();
}

/// Each round in a transaction of its own, until one finds nothing more. The last of `sqls`
/// decides; those before it delete what hangs on the same rows.
Result<void> delete_in_chunks(Connection& db, const std::vector<std::string>& sqls,
                              const Scope& scope) {
  for (;;) {
    auto transaction = Transaction::begin(db);
    if (!transaction) return std::unexpected(transaction.error());
    std::int64_t deleted = 0;
    for (const auto& sql : sqls) {
      const auto done = delete_once(db, sql, scope, kChunkRows);
      if (!done) return std::unexpected(done.error());
      deleted = *done;
    }
    if (auto done = transaction->commit(); !done) return done;
    if (deleted == 0) return {};
  }
}

std::string chunk_of(std::string_view table, const Scope& scope, std::string_view order = "") {
  return "(SELECT id FROM " + std::string{table} + " WHERE " + scope.condition +
         std::string{order} + " LIMIT ?3)";
}

// Events point at samples, so they go first; details hang on samples and go with them. The three
// statements about samples must mean the same chunk: the order says so, and it is that of the
// index.
Result<void> delete_rows(Connection& db, const Scope& scope) {
  constexpr std::array<std::string_view, 3> kPlain{"TrainingEvent", "StepMetric", "AnalysisReport"};
  for (const auto table : kPlain) {
    auto done = delete_in_chunks(
        db, {"DELETE FROM " + std::string{table} + " WHERE id IN " + chunk_of(table, scope)},
        scope);
    if (!done) return done;
  }
  // Have no job_id: its runs are asked for, which are still there.
  constexpr std::array<std::string_view, 3> kOfRuns{"TidemarkAllocatorSample", "TidemarkLogFinding",
                                                    "TidemarkLogIndex"};
  for (const auto table : kOfRuns) {
    const std::string name{table};
    auto done = delete_in_chunks(db,
                                 {"DELETE FROM " + name + " WHERE id IN (SELECT id FROM " + name +
                                  " WHERE run_id IN (SELECT id FROM TidemarkRun WHERE " +
                                  scope.run_condition + ") LIMIT ?3)"},
                                 scope);
    if (!done) return done;
  }
  const std::string samples =
      chunk_of("MetricsSample", scope, " ORDER BY job_id, run_id, timestamp, id");
  return delete_in_chunks(db,
                          {"DELETE FROM TidemarkGpuSample WHERE sample_id IN " + samples,
                           "DELETE FROM TidemarkGpuProcess WHERE sample_id IN " + samples,
                           "DELETE FROM TidemarkTenant WHERE sample_id IN " + samples,
                           "DELETE FROM TidemarkProcessSample WHERE sample_id IN " + samples,
                           "DELETE FROM MetricsSample WHERE id IN " + samples},
                          scope);
}

Result<void> delete_in_one(Connection& db, const std::vector<std::string>& sqls,
                           const Scope& scope) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return std::unexpected(transaction.error());
  for (const auto& sql : sqls)
    if (auto done = delete_once(db, sql, scope, std::nullopt); !done)
      return std::unexpected(done.error());
  return transaction->commit();
}

// The run's own row goes last: while it is there, an interrupted removal is found and repeated.
Result<void> remove_run(Connection& db, const RunKey& run) {
  if (run.number == 1)
    if (auto done = delete_rows(db, without_run(run.job_id)); !done) return done;
  if (run.id == 0) return {};
  if (auto done = delete_rows(db, one_run(run)); !done) return done;
  return delete_in_one(db,
                       {"DELETE FROM TidemarkDrop WHERE ?1 IS NOT NULL AND run_id = ?2",
                        "DELETE FROM TidemarkJournal WHERE ?1 IS NOT NULL AND run_id = ?2",
                        "DELETE FROM TidemarkModel WHERE ?1 IS NOT NULL AND run_id = ?2",
                        "DELETE FROM TidemarkPrediction WHERE ?1 IS NOT NULL AND run_id = ?2",
                        "DELETE FROM TidemarkRun WHERE job_id = ?1 AND id = ?2"},
                       one_run(run));
}

// Hands free pages back to the file system, where the file was made for it (ours are, somebody
// else's may not be). What fails here is only disk space that comes back later, so it is no error.
void give_space_back(Connection& db) {
  for (;;) {
    auto statement = db.prepare("PRAGMA freelist_count");
    if (!statement || !statement->step().value_or(false)) return;
    const auto before = statement->integer(0).value_or(0);
    statement->reset();
    if (before == 0 || !db.execute("PRAGMA incremental_vacuum(500)")) return;
    if (!statement->step().value_or(false) || statement->integer(0).value_or(0) >= before) return;
  }
}

/// When the run ended; without an end, when it was last heard of.
Result<double> ended_at(Connection& db, const StoredRun& run) {
  if (run.end) return run.end->unix_seconds;
  double last = run.info.anchor.unix_seconds(run.info.anchor.boot);
  constexpr std::array<std::string_view, 3> kLast{
      "SELECT max(timestamp) FROM MetricsSample WHERE job_id = ? AND run_id = ?",
      "SELECT max(timestamp) FROM TrainingEvent WHERE job_id = ? AND run_id = ?",
      "SELECT timestamp FROM StepMetric WHERE job_id = ? AND run_id = ? ORDER BY step DESC LIMIT "
      "1"};
  for (const auto sql : kLast) {
    auto statement = db.prepare(std::string{sql});
    if (!statement) return std::unexpected(statement.error());
    const auto row = statement->bind(run.key.job_id).bind(run.key.id).step();
    if (!row) return std::unexpected(row.error());
    if (*row) last = std::max(last, statement->real(0).value_or(last));
  }
  return last;
}

/// Removes the job's old runs; the job's own row too when none is left.
Result<std::int64_t> prune_job(Connection& db, std::string_view job_id, double older_than,
                               std::int64_t keep_last) {
  const auto runs = load_runs(db, job_id);
  if (!runs) return std::unexpected(runs.error());
  const auto candidates =
      std::max<std::int64_t>(0, std::ssize(*runs) - std::max<std::int64_t>(0, keep_last));
  std::int64_t removed = 0;
  for (std::int64_t i = 0; i < candidates; ++i) {
    const auto& run = (*runs)[static_cast<std::size_t>(i)];
    const auto ended = ended_at(db, run);
    if (!ended) return std::unexpected(ended.error());
    if (!(*ended < older_than)) continue;
    if (auto done = remove_run(db, run.key); !done) return std::unexpected(done.error());
    ++removed;
  }
  if (removed == std::ssize(*runs))
    // In one statement: a run that began meanwhile keeps its job.
    if (auto done =
            delete_in_one(db,
                          {"DELETE FROM TidemarkJob WHERE id = ?1 AND ?2 IS NOT NULL AND NOT "
                           "EXISTS (SELECT 1 FROM TidemarkRun WHERE job_id = ?1)"},
                          whole_job(job_id));
        !done)
      return std::unexpected(done.error());
  return removed;
}

Result<bool> knows_job(Connection& db, std::string_view job_id) {
  auto statement = db.prepare(
      "SELECT 1 FROM TidemarkJob WHERE id = ?1 UNION ALL SELECT 1 FROM TidemarkRun WHERE job_id = "
      "?1 "
      "UNION ALL SELECT 1 FROM MetricsSample WHERE job_id = ?1 UNION ALL SELECT 1 FROM "
      "TrainingEvent "
      "WHERE job_id = ?1 UNION ALL SELECT 1 FROM StepMetric WHERE job_id = ?1 UNION ALL SELECT 1 "
      "FROM "
      "AnalysisReport WHERE job_id = ?1 LIMIT 1");
  if (!statement) return std::unexpected(statement.error());
  return statement->bind(job_id).step();
}

}  // namespace

Result<void> remove_job_rows(Connection& db, std::string_view job_id) {
  const auto known = knows_job(db, job_id);
  if (!known) return std::unexpected(known.error());
  if (!*known)
    return fail(Errc::not_found, printable(db.file()) + ": no job " +
                                     printable(std::string{job_id}) +
                                     "; `tidemark jobs` lists them");
  const auto scope = whole_job(job_id);
  if (auto done = delete_rows(db, scope); !done) return done;
  auto done =
      delete_in_one(db,
                    {"DELETE FROM TidemarkDrop WHERE ?2 IS NOT NULL AND run_id IN (SELECT id FROM "
                     "TidemarkRun WHERE job_id = ?1)",
                     "DELETE FROM TidemarkJournal WHERE ?2 IS NOT NULL AND run_id IN (SELECT id "
                     "FROM TidemarkRun WHERE job_id = ?1)",
                     "DELETE FROM TidemarkModel WHERE ?2 IS NOT NULL AND run_id IN (SELECT id FROM "
                     "TidemarkRun WHERE job_id = ?1)",
                     "DELETE FROM TidemarkPrediction WHERE ?2 IS NOT NULL AND run_id IN (SELECT id "
                     "FROM TidemarkRun WHERE job_id = ?1)",
                     "DELETE FROM TidemarkRun WHERE job_id = ?1 AND ?2 IS NOT NULL",
                     "DELETE FROM TidemarkJob WHERE id = ?1 AND ?2 IS NOT NULL"},
                    scope);
  if (done) give_space_back(db);
  return done;
}

Result<std::int64_t> remove_old_runs(Connection& db, double older_than_unix_seconds,
                                     std::int64_t keep_last) {
  if (db.read_only())
    return fail(Errc::read_only,
                printable(db.file()) + ": opened to be read only; open it for writing");
  const auto jobs = load_job_names(db);
  if (!jobs) return std::unexpected(jobs.error());
  std::int64_t removed = 0;
  for (const auto& job : *jobs) {
    const auto count = prune_job(db, job.id, older_than_unix_seconds, keep_last);
    if (!count) return std::unexpected(count.error());
    removed += *count;
  }
  if (removed > 0) give_space_back(db);
  return removed;
}

}  // namespace tidemark
