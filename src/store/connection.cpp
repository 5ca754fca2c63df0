#include "store/connection.h"

#include <sqlite3.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <algorithm>
#include <system_error>

#include "store/database_file.h"
#include "store/sqlite_error.h"

namespace tidemark {
namespace {

struct StatementDeleter {
  void operator()(sqlite3_stmt* prepared) const { sqlite3_finalize(prepared); }
};

// Everything but letters, digits and what paths are made of is escaped (sqlite.org/uri.html).
std::string immutable_uri(const std::filesystem::path& file) {
  constexpr std::string_view kPlain = "/._-";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : file.string()) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (letter || kPlain.find(c) != std::string_view::npos)
      uri += c;
    else
      uri += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
  }
  return uri + "?immutable=1";
}

bool has_wal(const std::filesystem::path& file) {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(file.string() + "-wal", ignored);
  return !ignored && size > 0;
}

// The monitor shares the machine with a run that needs all of it: a page cache of 1 MiB, and
// temporary tables in memory, since a folder for temporary files may be full or missing.
constexpr auto kSmallMemory = "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -1024";

int milliseconds_of(std::chrono::milliseconds wait) {
  return static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, 1'000'000'000));
}

// SQLite's virtual machine does some ten million a second: a look every 0.1 ms costs nothing.
constexpr int kInstructionsBetweenLooks = 1000;

int is_stopped(void* stop_token) {
  return static_cast<const std::stop_token*>(stop_token)->stop_requested() ? 1 : 0;
}

}  // namespace

struct Connection::Handle {
  SQLite::Database database;
  std::stop_token stop{};
  // After the database, so that they are finalized before it closes.
  std::unordered_map<std::string, std::unique_ptr<sqlite3_stmt, StatementDeleter>> idle{};
};

Connection::Connection(std::unique_ptr<Handle> handle, std::filesystem::path file,
                       const StoreOptions& options)
    : file_(std::move(file)),
      busy_wait_(options.busy_wait),
      read_only_(options.read_only),
      handle_(std::move(handle)) {
  if (!options.stop.stop_possible()) return;
  handle_->stop = options.stop;
  sqlite3_progress_handler(handle_->database.getHandle(), kInstructionsBetweenLooks, is_stopped,
                           &handle_->stop);
}

Connection::Connection(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open(const std::filesystem::path& file,
                                    const StoreOptions& options) {
  // An absolute path, so that no name (":memory:", "") has a meaning of its own to SQLite.
  std::error_code failed;
  auto path = std::filesystem::absolute(file, failed);
  if (failed || file.empty())
    return fail(Errc::invalid, "the database's path is empty; use --db PATH");
  if (!options.read_only && options.create)
    if (auto made = make_database_file(path); !made) return std::unexpected(made.error());
  if (auto there = require_database_file(path); !there) return std::unexpected(there.error());

  const int flags = (options.read_only ? SQLite::OPEN_READONLY : SQLite::OPEN_READWRITE) |
                    SQLITE_OPEN_NOMUTEX;  // one thread at a time, says the face
  try {
    auto handle = std::unique_ptr<Handle>(
        new Handle{SQLite::Database(path.string(), flags, milliseconds_of(options.busy_wait))});
    Connection db{std::move(handle), path, options};
    // SQLite opens lazily: this is the first look into the file.
    const auto looked = db.execute("SELECT count(*) FROM sqlite_master");
    if (!looked && options.read_only) return second_try(path, options, looked.error());
    if (!looked) return std::unexpected(looked.error());
    if (auto set = db.execute(kSmallMemory); !set) return std::unexpected(set.error());
    if (!options.read_only && sqlite3_db_readonly(db.handle_->database.getHandle(), "main") != 0)
      return std::unexpected(db.error(SQLITE_READONLY));
    return db;
  } catch (const SQLite::Exception& thrown) {
    return std::unexpected(sqlite_error(nullptr, thrown.getExtendedErrorCode(), path));
  }
}

// A database in WAL mode needs its sidecar files even to be read. Where they neither exist nor can
// be made (a read-only folder, no writer), the file is all there is and does not change:
// `immutable` reads it without locks. With a WAL beside it that would hide its rows.
Result<Connection> Connection::second_try(const std::filesystem::path& file,
                                          const StoreOptions& options, const Error& first) {
  if (first.code == Errc::busy || first.code == Errc::corrupt) return std::unexpected(first);
  if (has_wal(file))
    return fail(Errc::permission,
                printable(file) +
                    ": its latest rows are in the -wal file beside it, which cannot "
                    "be used in this folder; copy both to a folder of your own");
  return open_immutable(file, options);
}

Result<Connection> Connection::open_immutable(const std::filesystem::path& file,
                                              const StoreOptions& options) {
  try {
    auto handle = std::unique_ptr<Handle>(new Handle{SQLite::Database(
        immutable_uri(file), SQLite::OPEN_READONLY | SQLite::OPEN_URI | SQLITE_OPEN_NOMUTEX)});
    Connection db{std::move(handle), file, options};
    db.immutable_ = true;
    if (auto set = db.execute(kSmallMemory); !set) return std::unexpected(set.error());
    return db;
  } catch (const SQLite::Exception& thrown) {
    return std::unexpected(sqlite_error(nullptr, thrown.getExtendedErrorCode(), file));
  }
}

Result<void> Connection::execute(const std::string& sql) {
  const int code = handle_->database.tryExec(sql);
  if (code != SQLITE_OK) return std::unexpected(error(code));
  return {};
}

Result<Statement> Connection::prepare(std::string sql) {
  if (auto idle = handle_->idle.extract(sql); !idle.empty())
    return Statement{*this, std::move(sql), idle.mapped().release()};
  sqlite3_stmt* prepared = nullptr;
  const int code =
      sqlite3_prepare_v3(handle_->database.getHandle(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error(code));
  return Statement{*this, std::move(sql), prepared};
}

void Connection::give_back(std::string sql, sqlite3_stmt* prepared) {
  // A second loan of the same SQL (a callback that reads too) is not kept.
  handle_->idle.try_emplace(std::move(sql),
                            std::unique_ptr<sqlite3_stmt, StatementDeleter>(prepared));
}

std::int64_t Connection::changes() const {
  return handle_->database.getChanges();
}
std::int64_t Connection::last_id() const {
  return handle_->database.getLastInsertRowid();
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(handle_->database.getHandle()) == 0;
}

Error Connection::error(int code) const {
  return sqlite_error(handle_->database.getHandle(), code, file_);
}

// In WAL mode with synchronous=NORMAL a commit is in the page cache: safe from every death of a
// process, not from a power cut. One fsync of the WAL, through SQLite's own file object, makes it
// safe, and unlike a checkpoint it moves no page and depends on no reader. In the other journal
// modes we commit with synchronous=FULL and the commit has already waited.
Result<void> Connection::sync() {
  sqlite3* const db = handle_->database.getHandle();
  sqlite3_file* journal = nullptr;
  const int asked = sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &journal);
  if (asked != SQLITE_OK || journal == nullptr || journal->pMethods == nullptr) return {};
  const int code = journal->pMethods->xSync(journal, SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) return std::unexpected(error(code));
  return {};
}

Result<Transaction> Transaction::begin(Connection& db) {
  if (db.read_only())
    return fail(Errc::read_only,
                printable(db.file()) + ": opened to be read only; open it for writing");
  auto statement = db.prepare("BEGIN IMMEDIATE");
  if (!statement) return std::unexpected(statement.error());
  if (auto begun = statement->run(); !begun) return std::unexpected(begun.error());
  return Transaction{db};
}

Result<void> Transaction::commit() {
  auto statement = db_->prepare("COMMIT");
  if (!statement) return std::unexpected(statement.error());
  if (auto done = statement->run(); !done) return done;
  db_ = nullptr;
  return {};
}

// SQLite itself rolls back after some errors (full disk, I/O); a second ROLLBACK would only be
// refused.
Transaction::~Transaction() {
  if (db_ != nullptr && db_->in_transaction()) static_cast<void>(db_->execute("ROLLBACK"));
}

}  // namespace tidemark
