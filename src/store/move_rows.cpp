#include <string>

#include "store/connection.h"
#include "store/sqlite_error.h"
#include "store/store.h"

namespace tidemark {
namespace {

constexpr std::string_view kMoved = "moved:";  // of TidemarkMeta in the target, before the token

/// Which table's ids a column holds; empty: it holds none.
std::string_view id_owner(const TableLayout& table, const ColumnLayout& column) {
  if (column.name == "id" && column.declaration.contains("AUTOINCREMENT")) return table.name;
  if (column.name == "run_id") return "TidemarkRun";
  if (column.name == "sample_id" || column.name == "memory_snapshot_id") return "MetricsSample";
  return {};
}

Result<std::string> scalar(Connection& db, std::string sql) {
  auto statement = db.prepare(std::move(sql));
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? std::string{statement->text_view(0)} : std::string{};
}

/// An SQL expression: the highest id that the target ever gave in `table`.
std::string highest_id(std::string_view table) {
  return "coalesce((SELECT seq FROM main.sqlite_sequence WHERE name = '" + std::string{table} +
         "'), 0)";
}

/// Ids go on behind the target's, run numbers behind those of the same job; what names them
/// follows. The offsets are looked up before anything is written.
std::string copy_sql(const TableLayout& table) {
  std::string names, values;
  for (const auto& column : table.columns) {
    const auto owner = id_owner(table, column);
    std::string value = "s." + std::string{column.name};
    if (!owner.empty())
      value += " + (SELECT highest FROM temp.moved_ids WHERE of = '" + std::string{owner} + "')";
    if (table.name == "TidemarkRun" && column.name == "number")
      value += " + coalesce((SELECT n FROM temp.moved_numbers m WHERE m.job_id = s.job_id), 0)";
    names += (names.empty() ? "" : ", ") + std::string{column.name};
    values += (values.empty() ? "" : ", ") + value;
  }
  const std::string name{table.name};
  return "INSERT OR IGNORE INTO main." + name + " (" + names + ") SELECT " + values +
         " FROM source." + name + " s;\n";
}

std::string prepare_sql() {
  std::string sql =
      "CREATE TEMP TABLE moved_ids (of TEXT, highest INTEGER);\n"
      "CREATE TEMP TABLE moved_numbers AS SELECT job_id, max(number) AS n FROM main.TidemarkRun "
      "GROUP BY job_id;\n";
  for (const auto& table : store_layout())
    sql += "INSERT INTO temp.moved_ids VALUES ('" + std::string{table.name} + "', " +
           highest_id(table.name) + ");\n";
  return sql;
}

/// What points goes before what is pointed at.
std::string drop_sql(std::string_view schema) {
  std::string sql;
  const auto tables = store_layout();
  for (auto table = tables.rbegin(); table != tables.rend(); ++table)
    sql += "DROP TABLE IF EXISTS " + std::string{schema} + "." + std::string{table->name} + ";\n";
  return sql;
}

Result<void> attach(Connection& db, const std::filesystem::path& file) {
  auto statement = db.prepare("ATTACH DATABASE ?1 AS source");
  if (!statement) return std::unexpected(statement.error());
  return statement->bind(std::string_view{file.native()}).run();
}

/// The one that names this moving; made on the first try.
Result<std::string> token_of(const std::filesystem::path& source, const StoreOptions& options) {
  auto db = Connection::open(source, options);
  if (!db) return std::unexpected(db.error());
  if (auto done = db->execute(
          "INSERT OR IGNORE INTO TidemarkMeta (key, value) VALUES ('moving', hex(randomblob(16)))");
      !done)
    return std::unexpected(done.error());
  return scalar(*db, "SELECT value FROM TidemarkMeta WHERE key = 'moving'");
}

Result<std::int64_t> copy_and_drop(Connection& db, const std::string& token) {
  const auto mark = std::string{kMoved} + token;
  const auto seen = scalar(db, "SELECT 'yes' FROM main.TidemarkMeta WHERE key = '" + mark + "'");
  if (!seen) return std::unexpected(seen.error());
  std::int64_t rows = 0;
  if (seen->empty()) {
    if (auto done = db.execute(prepare_sql()); !done) return std::unexpected(done.error());
    for (const auto& table : store_layout()) {
      if (auto done = db.execute(copy_sql(table)); !done) return std::unexpected(done.error());
      if (table.name != "TidemarkMeta") rows += db.changes();
    }
    auto done = db.execute(
        "DELETE FROM main.TidemarkMeta WHERE key = 'moving';\n"
        "INSERT INTO main.TidemarkMeta (key, value) VALUES ('" +
        mark + "', 'done');\n");
    if (!done) return std::unexpected(done.error());
  }
  if (auto done = db.execute(drop_sql("source")); !done) return std::unexpected(done.error());
  return rows;
}

Result<bool> has_other_tables(const std::filesystem::path& file, const StoreOptions& options) {
  auto db = Connection::open(file, options);
  if (!db) return std::unexpected(db.error());
  const auto name = scalar(*db,
                           "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE "
                           "'sqlite\\_%' ESCAPE '\\' LIMIT 1");
  if (!name) return std::unexpected(name.error());
  return !name->empty();
}

}  // namespace

Result<bool> has_store_tables(const std::filesystem::path& file) {
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) return false;
  auto db = Connection::open(file, {.read_only = true});
  if (!db) return std::unexpected(db.error());
  for (const auto& table : store_layout()) {
    const auto found =
        scalar(*db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name = '" +
                        std::string{table.name} + "'");
    if (!found) return std::unexpected(found.error());
    if (!found->empty()) return true;
  }
  return false;
}

Result<std::int64_t> move_store(const std::filesystem::path& from,
                                const std::filesystem::path& to) {
  const StoreOptions options;
  for (const auto& file : {from, to})  // both have every table and column afterwards
    if (auto opened = Store::open(file, options); !opened) return std::unexpected(opened.error());
  const auto token = token_of(from, options);
  if (!token) return std::unexpected(token.error());
  auto db = Connection::open(to, options);
  if (!db) return std::unexpected(db.error());
  if (auto done = attach(*db, from); !done) return std::unexpected(done.error());
  // BEGIN IMMEDIATE locks both files. In WAL mode each is committed by itself, the target first: if
  // the power goes between the two, the mark in the target says that the rows are there.
  auto transaction = Transaction::begin(*db);
  if (!transaction) return std::unexpected(transaction.error());
  const auto rows = copy_and_drop(*db, *token);
  if (!rows) return std::unexpected(rows.error());
  if (auto done = transaction->commit(); !done) return std::unexpected(done.error());
  if (auto done = db->execute("DELETE FROM main.TidemarkMeta WHERE key = '" + std::string{kMoved} +
                              *token + "'");
      !done)
    return std::unexpected(done.error());
  return *rows;
}

Result<void> remove_empty_database(const std::filesystem::path& file) {
  const auto used = has_other_tables(file, {});
  if (!used) return std::unexpected(used.error());
  if (*used) return {};
  std::error_code failed;
  for (const auto* const ending : {"", "-wal", "-shm", "-journal"})
    std::filesystem::remove(file.string() + ending, failed);
  if (failed) return fail(Errc::io, printable(file) + ": cannot be removed: " + failed.message());
  return {};
}

}  // namespace tidemark
