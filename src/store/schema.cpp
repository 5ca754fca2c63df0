#include "store/schema.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "store/sqlite_error.h"

namespace tidemark {
namespace {

using Names = std::unordered_set<std::string>;

struct Found {
  Names tables{};
  Names indexes{};
  bool has_foreign_tables = false;
  std::optional<std::int64_t> version{};  // absent: no table of ours, or the bare contract
};

bool is_ours(std::string_view table) {
  return std::ranges::any_of(store_layout(), [&](const auto& t) { return t.name == table; });
}

// The version lives in a table of our own: PRAGMA user_version belongs to whoever owns the file,
// which may be Prisma.
Result<std::optional<std::int64_t>> read_version(Connection& db) {
  auto statement = db.prepare("SELECT value FROM TidemarkMeta WHERE key = 'schema_version'");
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  const auto text = statement->text_view(0);
  std::int64_t version = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), version);
  if (parsed.ec != std::errc{} || version < 1)
    return fail(Errc::corrupt, printable(db.file()) +
                                   ": TidemarkMeta holds no schema version; "
                                   "choose another database with --db");
  return version;
}

Result<Found> look(Connection& db) {
  Found found;
  auto statement = db.prepare("SELECT type, name FROM main.sqlite_master");
  if (!statement) return std::unexpected(statement.error());
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    const std::string name{statement->text_view(1)};
    if (statement->text_view(0) == "index") found.indexes.insert(name);
    if (statement->text_view(0) != "table") continue;
    if (!is_ours(name) && !name.starts_with("sqlite_")) found.has_foreign_tables = true;
    found.tables.insert(name);
  }
  statement->reset();
  if (!found.tables.contains("TidemarkMeta")) return found;
  auto version = read_version(db);
  if (!version) return std::unexpected(version.error());
  found.version = *version;
  if (found.version && *found.version > kSchemaVersion)
    return fail(Errc::too_new, printable(db.file()) + ": written by a later Tidemark (schema " +
                                   std::to_string(*found.version) + ", this one knows " +
                                   std::to_string(kSchemaVersion) + "); use that version, or --db");
  return found;
}

Result<Names> columns_of(Connection& db, std::string_view table) {
  Names names;
  auto statement = db.prepare("SELECT name FROM pragma_table_info(?1, 'main')");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(table);
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return names;
    names.emplace(statement->text_view(0));
  }
}

bool may_be_added(const ColumnLayout& column) {
  return column.declaration.find("NOT NULL") == std::string_view::npos &&
         column.declaration.find("KEY") == std::string_view::npos;
}

/// The columns of `table` that the file lacks; an error where one of them cannot be added.
Result<std::vector<ColumnLayout>> missing_columns(Connection& db, const TableLayout& table) {
  const auto present = columns_of(db, table.name);
  if (!present) return std::unexpected(present.error());
  std::vector<ColumnLayout> missing;
  for (const auto& column : table.columns) {
    if (present->contains(std::string{column.name})) continue;
    if (!may_be_added(column))
      return fail(Errc::corrupt,
                  printable(db.file()) + ": its table " + std::string{table.name} +
                      " has no column " + std::string{column.name} +
                      ", so it is not Tidemark's; choose another database with --db");
    missing.push_back(column);
  }
  return missing;
}

std::string joined(std::span<const std::string_view> names) {
  std::string text;
  for (const auto name : names) text += (text.empty() ? "" : ", ") + std::string{name};
  return text;
}

std::string create_table(const TableLayout& table, std::string_view verb) {
  std::string sql = std::string{verb} + " " + std::string{table.name} + " (";
  for (const auto& column : table.columns) {
    if (&column != table.columns.data()) sql += ", ";
    sql += std::string{column.name} + " " + std::string{column.declaration};
  }
  if (!table.constraint.empty()) sql += ", " + std::string{table.constraint};
  return sql + ")";
}

std::string create_index(const TableLayout& table) {
  return "CREATE INDEX " + std::string{table.index_name} + " ON " + std::string{table.name} + "(" +
         joined(table.index_columns) + ")";
}

/// What brings the file up to the layout; empty when nothing is to be done.
Result<std::vector<std::string>> upgrade_steps(Connection& db, const Found& found) {
  std::vector<std::string> steps;
  for (const auto& table : store_layout()) {
    if (!found.tables.contains(std::string{table.name})) {
      steps.push_back(create_table(table, "CREATE TABLE"));
    } else {
      const auto missing = missing_columns(db, table);
      if (!missing) return std::unexpected(missing.error());
      for (const auto& column : *missing)
        steps.push_back("ALTER TABLE " + std::string{table.name} + " ADD COLUMN " +
                        std::string{column.name} + " " + std::string{column.declaration});
    }
    if (!table.index_name.empty() && !found.indexes.contains(std::string{table.index_name}))
      steps.push_back(create_index(table));
  }
  if (found.version != kSchemaVersion)
    steps.push_back("INSERT INTO TidemarkMeta (key, value) VALUES ('schema_version', '" +
                    std::to_string(kSchemaVersion) +
                    "') ON CONFLICT (key) DO UPDATE SET value = excluded.value");
  return steps;
}

Result<void> upgrade(Connection& db) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return std::unexpected(transaction.error());
  // Again, now that nobody else can write: another process may have done it while we waited.
  const auto found = look(db);
  if (!found) return std::unexpected(found.error());
  const auto steps = upgrade_steps(db, *found);
  if (!steps) return std::unexpected(steps.error());
  for (const auto& step : *steps)
    if (auto done = db.execute(step); !done) return done;
  return transaction->commit();
}

Result<std::string> journal_mode(Connection& db, std::string sql) {
  auto statement = db.prepare(std::move(sql));
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return std::string{statement->text_view(0)};
}

// Changing the mode needs the file alone, and SQLite does not always wait for that by itself when
// two processes try at once. Without success the file works as it is, and the next open tries
// again: a file system without shared memory cannot do WAL at all.
Result<void> change_to_wal(Connection& db) {
  constexpr std::chrono::milliseconds kPatience{500};
  const auto deadline = std::chrono::steady_clock::now() + std::min(kPatience, db.busy_wait());
  for (;;) {
    const auto mode = journal_mode(db, "PRAGMA main.journal_mode = WAL");
    if (mode || mode.error().code == Errc::full)
      return mode ? Result<void>{} : std::unexpected(mode.error());
    if (mode.error().code != Errc::busy || std::chrono::steady_clock::now() >= deadline) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

// WAL with NORMAL cannot be corrupted by a power cut, only lose its latest commits (sync() is for
// those); a rollback journal with NORMAL can, so there every commit waits for the disk.
Result<void> choose_durability(Connection& db, bool own_file) {
  auto mode = journal_mode(db, "PRAGMA main.journal_mode");
  if (mode && *mode != "wal" && own_file) {
    if (auto changed = change_to_wal(db); !changed) return changed;
    mode = journal_mode(db, "PRAGMA main.journal_mode");
  }
  if (!mode) return std::unexpected(mode.error());
  // The WAL is cut back to this size when it starts anew; its default would stay at 4 MB for ever.
  if (auto set = db.execute("PRAGMA wal_autocheckpoint = 256; PRAGMA journal_size_limit = 1048576");
      !set)
    return set;
  return db.execute(*mode == "wal" ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL");
}

Result<void> shadow(Connection& db, const TableLayout& table, const Found& found) {
  if (!found.tables.contains(std::string{table.name}))
    return db.execute(create_table(table, "CREATE TEMP TABLE"));
  const auto missing = missing_columns(db, table);
  if (!missing) return std::unexpected(missing.error());
  if (missing->empty()) return {};
  std::string columns;
  for (const auto& column : table.columns) {
    const bool absent =
        std::ranges::any_of(*missing, [&](const auto& m) { return m.name == column.name; });
    columns += (columns.empty() ? "" : ", ") + std::string{absent ? "NULL AS " : ""} +
               std::string{column.name};
  }
  return db.execute("CREATE TEMP VIEW " + std::string{table.name} + " AS SELECT " + columns +
                    " FROM main." + std::string{table.name});
}

}  // namespace

Result<void> prepare_for_writing(Connection& db) {
  const auto found = look(db);
  if (!found) return std::unexpected(found.error());
  const auto steps = upgrade_steps(db, *found);
  if (!steps) return std::unexpected(steps.error());
  // Takes effect only in a file without tables: removed runs then give their room back to the disk.
  if (found->tables.empty())
    if (auto set = db.execute("PRAGMA main.auto_vacuum = INCREMENTAL"); !set) return set;
  if (auto chosen = choose_durability(db, !found->has_foreign_tables); !chosen) return chosen;
  return steps->empty() ? Result<void>{} : upgrade(db);
}

// A temporary table or view hides the one of the same name in the file
// (sqlite.org/lang_naming.html).
Result<void> prepare_for_reading(Connection& db) {
  const auto found = look(db);
  if (!found) return std::unexpected(found.error());
  for (const auto& table : store_layout())
    if (auto done = shadow(db, table, *found); !done) return done;
  return {};
}

}  // namespace tidemark
