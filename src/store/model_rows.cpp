#include "store/model_rows.h"

#include <string>

#include "store/sqlite_error.h"

namespace tidemark {
namespace {

constexpr std::int64_t kMostWhatifs = 100;  // of one run: a slider moves often

Result<void> replace_model(Connection& db, const RunKey& run, const StoredModel& left) {
  auto old = db.prepare("DELETE FROM TidemarkModel WHERE run_id = ?");
  if (!old) return std::unexpected(old.error());
  if (auto done = old->bind(run.id).run(); !done) return done;
  if (left.identity.empty()) return {};
  auto statement = db.prepare(
      "INSERT INTO TidemarkModel (run_id, identity, settings, model) VALUES (?, ?, ?, ?)");
  if (!statement) return std::unexpected(statement.error());
  return statement->bind(run.id).bind(left.identity).bind(left.settings).bind(left.model).run();
}

// What was said before a run began stays: that run is checked against it.
Result<void> drop_superseded(Connection& db, const RunKey& run, const StoredPrediction& said) {
  auto statement = db.prepare(
      "DELETE FROM TidemarkPrediction WHERE run_id = ?1 AND settings = ?2 AND NOT EXISTS "
      "(SELECT 1 FROM TidemarkRun WHERE started_at > TidemarkPrediction.made_at)");
  if (!statement) return std::unexpected(statement.error());
  return statement->bind(run.id).bind(said.settings).run();
}

Result<void> insert_prediction(Connection& db, const RunKey& run, const StoredPrediction& said) {
  if (auto done = drop_superseded(db, run, said); !done) return done;
  auto statement = db.prepare(
      "INSERT INTO TidemarkPrediction (run_id, made_at, source, settings, changes, pool, "
      "pool_index, "
      "low_bytes, likely_bytes, high_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!statement) return std::unexpected(statement.error());
  return statement->bind(run.id)
      .bind(said.made_at)
      .bind(said.source)
      .bind(said.settings)
      .bind(said.changes)
      .bind(said.pool)
      .bind(said.pool_index)
      .bind(said.low)
      .bind(said.likely)
      .bind(said.high)
      .run();
}

Result<void> drop_oldest_whatifs(Connection& db, const RunKey& run) {
  auto statement = db.prepare(
      "DELETE FROM TidemarkPrediction WHERE id IN (SELECT id FROM TidemarkPrediction WHERE run_id "
      "= ?1 AND source = 'whatif' ORDER BY made_at DESC, id DESC LIMIT -1 OFFSET ?2)");
  if (!statement) return std::unexpected(statement.error());
  return statement->bind(run.id).bind(kMostWhatifs).run();
}

Result<bool> is_here(Connection& db, const RunKey& run) {
  auto statement = db.prepare("SELECT 1 FROM TidemarkRun WHERE id = ? AND job_id = ?");
  if (!statement) return std::unexpected(statement.error());
  return statement->bind(run.id).bind(run.job_id).step();
}

// Another machine's run says little of this one's memory.
constexpr std::string_view kLike =
    "identity = ?1 AND (?2 = '' OR TidemarkRun.host IS NULL OR TidemarkRun.host = ?2) ";

constexpr std::string_view kNameOfRun =
    "coalesce((SELECT name FROM TidemarkJob WHERE TidemarkJob.id = TidemarkRun.job_id), "
    "TidemarkRun.job_id), TidemarkRun.number, TidemarkRun.config, TidemarkRun.job_id ";

}  // namespace

Result<void> write_models(Connection& db, const RunKey& run, const StoredReport& report) {
  if (run.id == 0) return {};  // another writer's rows: no run that could be compared
  if (auto done = replace_model(db, run, report.model); !done) return done;
  for (const auto& said : report.predictions)
    if (auto done = insert_prediction(db, run, said); !done) return done;
  return {};
}

Result<void> write_prediction(Connection& db, const RunKey& run, const StoredPrediction& said) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return std::unexpected(transaction.error());
  const auto here = is_here(db, run);
  if (!here) return std::unexpected(here.error());
  if (!*here)
    return fail(Errc::not_found, printable(db.file()) + ": run " + std::to_string(run.number) +
                                     " of this job is not here (any more)");
  if (auto done = insert_prediction(db, run, said); !done) return done;
  if (auto done = drop_oldest_whatifs(db, run); !done) return done;
  return transaction->commit();
}

Result<std::vector<ModelOfRun>> load_models(Connection& db, const LikeRuns& like,
                                            std::size_t most) {
  auto statement = db.prepare(
      "SELECT identity, settings, model, " + std::string{kNameOfRun} +
      "FROM TidemarkModel JOIN TidemarkRun ON TidemarkRun.id = TidemarkModel.run_id WHERE " +
      std::string{kLike} +
      "AND started_at < ?3 ORDER BY started_at DESC, TidemarkRun.id DESC LIMIT ?4");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(like.identity)
      .bind(like.host)
      .bind(like.before_unix_seconds)
      .bind(static_cast<std::int64_t>(most));
  std::vector<ModelOfRun> models;
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return models;
    models.push_back({.left = {.identity = statement->text(0).value_or(""),
                               .settings = statement->text(1).value_or(""),
                               .model = statement->text(2).value_or("")},
                      .job_id = statement->text(6).value_or(""),
                      .job_name = statement->text(3).value_or(""),
                      .run_number = statement->integer(4).value_or(1),
                      .config_json = statement->text(5).value_or("")});
  }
}

Result<std::optional<PredictionOfRun>> load_prediction(Connection& db, const LikeRuns& like,
                                                       std::string_view settings) {
  // Of what was said in the same moment, the plan is what people follow.
  auto statement = db.prepare(
      "SELECT made_at, source, TidemarkPrediction.settings, changes, pool, pool_index, low_bytes, "
      "likely_bytes, high_bytes, " +
      std::string{kNameOfRun} +
      "FROM TidemarkPrediction JOIN TidemarkModel USING (run_id) JOIN TidemarkRun ON "
      "TidemarkRun.id = TidemarkPrediction.run_id WHERE " +
      std::string{kLike} +
      "AND made_at < ?3 AND TidemarkPrediction.settings = ?4 ORDER BY made_at DESC, source = "
      "'plan' DESC, "
      "TidemarkPrediction.id DESC LIMIT 1");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(like.identity).bind(like.host).bind(like.before_unix_seconds).bind(settings);
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  PredictionOfRun found;
  auto& said = found.said;
  said.made_at = statement->real(0).value_or(0);
  said.source = statement->text(1).value_or("");
  said.settings = statement->text(2).value_or("");
  said.changes = statement->text(3).value_or("");
  said.pool = statement->text(4).value_or("");
  said.pool_index = statement->integer(5);
  said.low = statement->bytes(6).value_or(Bytes{});
  said.likely = statement->bytes(7).value_or(Bytes{});
  said.high = statement->bytes(8).value_or(Bytes{});
  found.job_name = statement->text(9).value_or("");
  found.run_number = statement->integer(10).value_or(1);
  found.config_json = statement->text(11).value_or("");
  return found;
}

}  // namespace tidemark
