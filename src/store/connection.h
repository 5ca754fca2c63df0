// An open database: its handle, its statements, its transactions. SQLite's own types and exceptions
// end here.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/result.h"
#include "store/statement.h"
#include "store/store.h"

namespace tidemark {

class Connection {
 public:
  /// Opens; makes the file when asked to. Journal mode and tables are the schema's matter.
  static Result<Connection> open(const std::filesystem::path& file, const StoreOptions& options);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) = delete;
  ~Connection();

  /// SQL without parameters, possibly several statements.
  Result<void> execute(const std::string& sql);

  /// A statement that was prepared before, else a new one. `sql` is ours; values are bound.
  Result<Statement> prepare(std::string sql);

  /// Rows that the last INSERT, UPDATE or DELETE changed, and the id of the last row inserted.
  std::int64_t changes() const;
  std::int64_t last_id() const;

  /// Waits until everything committed is on the disk.
  Result<void> sync();

  bool read_only() const { return read_only_; }
  /// Read without locks, as it was when it was opened (`open_immutable`).
  bool is_immutable() const { return immutable_; }
  const std::filesystem::path& file() const { return file_; }
  std::chrono::milliseconds busy_wait() const { return busy_wait_; }
  bool in_transaction() const;

  Error error(int code) const;
  void give_back(std::string sql, sqlite3_stmt* prepared);

 private:
  struct Handle;
  Connection(std::unique_ptr<Handle> handle, std::filesystem::path file,
             const StoreOptions& options);
  static Result<Connection> second_try(const std::filesystem::path& file,
                                       const StoreOptions& options, const Error& first);
  static Result<Connection> open_immutable(const std::filesystem::path& file,
                                           const StoreOptions& options);

  std::filesystem::path file_;
  std::chrono::milliseconds busy_wait_;
  bool read_only_;
  bool immutable_ = false;
  std::unique_ptr<Handle> handle_;
};

/// BEGIN IMMEDIATE: the write lock is taken (and waited for) here, so that nothing later in the
/// transaction can lose it to another writer. Without commit() everything is rolled back.
class Transaction {
 public:
  /// Errors: read_only, busy.
  static Result<Transaction> begin(Connection& db);
  Result<void> commit();
  Transaction(Transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

 private:
  explicit Transaction(Connection& db) : db_(&db) {}
  Connection* db_;  // null once committed or moved from
};

}  // namespace tidemark
