#include <algorithm>
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

/// Into the target, with a mark that says up to which ids of the source. The target alone is
/// written, so this is there whole or not at all. Returns how many rows; a moving that was copied
/// before has none.
Result<std::int64_t> copy_rows(Connection& db, const std::string& token) {
  const auto mark = std::string{kMoved} + token;
  auto transaction = Transaction::begin(db);  // IMMEDIATE: the source does not grow meanwhile
  if (!transaction) return std::unexpected(transaction.error());
  const auto seen = scalar(db, "SELECT 'yes' FROM main.TidemarkMeta WHERE key = '" + mark + "'");
  if (!seen) return std::unexpected(seen.error());
  if (!seen->empty()) return 0;
  if (auto done = db.execute(prepare_sql()); !done) return std::unexpected(done.error());
  std::int64_t rows = 0;
  for (const auto& table : store_layout()) {
    if (auto done = db.execute(copy_sql(table)); !done) return std::unexpected(done.error());
    if (table.name != "TidemarkMeta") rows += db.changes();
  }
  auto done = db.execute(
      "DELETE FROM main.TidemarkMeta WHERE key = 'moving';\n"
      "INSERT INTO main.TidemarkMeta (key, value) SELECT '" +
      mark +
      "', coalesce(json_group_object(name, seq), '{}') FROM source.sqlite_sequence;\n"
      "DROP TABLE temp.moved_ids;\nDROP TABLE temp.moved_numbers;\n");
  if (!done) return std::unexpected(done.error());
  if (auto committed = transaction->commit(); !committed) return std::unexpected(committed.error());
  return rows;
}

/// Takes out of the source what the mark says was copied, and its tables where nothing is left:
/// true. False: runs were recorded since, which are another moving's. The source alone is written.
Result<bool> drop_copied(Connection& db, const std::string& token) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return std::unexpected(transaction.error());
  std::string left;
  const auto tables = store_layout();
  for (auto table = tables.rbegin(); table != tables.rend(); ++table) {
    const std::string name{table->name};
    const auto owned = std::ranges::find_if(table->columns, [&](const ColumnLayout& column) {
      return !id_owner(*table, column).empty();
    });
    if (owned == table->columns.end()) continue;  // TidemarkMeta
    auto done = db.execute(
        "DELETE FROM source." + name + " WHERE " + std::string{owned->name} + " IS NULL OR " +
        std::string{owned->name} + " <= coalesce((SELECT json_extract(value, '$." +
        std::string{id_owner(*table, *owned)} + "') FROM main.TidemarkMeta WHERE key = '" +
        std::string{kMoved} + token + "'), 0)");
    if (!done) return std::unexpected(done.error());
    const auto some = scalar(db, "SELECT 'some' FROM source." + name + " LIMIT 1");
    if (!some) return std::unexpected(some.error());
    left += *some;
  }
  auto done = left.empty() ? db.execute(drop_sql("source"))
                           : db.execute(
                                 "UPDATE source.TidemarkMeta SET value = hex(randomblob(16)) "
                                 "WHERE key = 'moving'");
  if (!done) return std::unexpected(done.error());
  if (auto committed = transaction->commit(); !committed) return std::unexpected(committed.error());
  return left.empty();
}

/// One moving: copied, then dropped. Whatever ends it in between, the next one goes on from the
/// mark: no row is lost, none is there twice.
struct Moved {
  std::int64_t rows = 0;
  bool is_all = false;
};
Result<Moved> move_once(const std::filesystem::path& from, const std::filesystem::path& to,
                        const StoreOptions& options) {
  const auto token = token_of(from, options);
  if (!token) return std::unexpected(token.error());
  auto db = Connection::open(to, options);
  if (!db) return std::unexpected(db.error());
  if (auto done = attach(*db, from); !done) return std::unexpected(done.error());
  const auto rows = copy_rows(*db, *token);
  if (!rows) return std::unexpected(rows.error());
  const auto is_all = drop_copied(*db, *token);
  if (!is_all) return std::unexpected(is_all.error());
  if (auto done = db->execute("DELETE FROM main.TidemarkMeta WHERE key = '" + std::string{kMoved} +
                              *token + "'");
      !done)
    return std::unexpected(done.error());
  return Moved{*rows, *is_all};
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
  // Two files cannot be written as one (in WAL mode SQLite commits each by itself), so the rows are
  // first in both and then in one. The second round is for runs that were recorded between the two.
  std::int64_t rows = 0;
  for (int round = 0; round < 2; ++round) {
    const auto moved = move_once(from, to, options);
    if (!moved) return std::unexpected(moved.error());
    rows += moved->rows;
    if (moved->is_all) return rows;
  }
  return fail(Errc::busy, printable(from) + ": runs are being recorded into it; try again");
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
