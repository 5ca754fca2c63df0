// Another program's database, only ever read, by short queries. Part of the face (store.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "core/result.h"

namespace tidemark {

class Statement;

/// One row of an answer, valid within the call that gives it. A value of another type than asked
/// for is absent: whoever owns the tables may put anything there.
class ForeignRow {
 public:
  explicit ForeignRow(const Statement& statement) : statement_(statement) {}
  std::optional<std::int64_t> integer(int column) const;
  std::optional<double> real(int column) const;
  std::optional<std::string> text(int column) const;

 private:
  const Statement& statement_;
};

using ForeignValue = std::variant<std::int64_t, double, std::string_view>;

/// Opened read-only: nothing of the file is ever written, its journal mode stays as it is, and no
/// read transaction outlives a call, so that the owner's checkpoints are not held up.
class ForeignDatabase {
 public:
  /// A file in a folder where nothing can be written, without a WAL, is read as it is. Errors:
  /// not_found, permission, busy (held by a writer for longer than `busy_wait`), corrupt, io.
  static Result<ForeignDatabase> open(
      const std::filesystem::path& file,
      std::chrono::milliseconds busy_wait = std::chrono::milliseconds{250});
  ForeignDatabase(ForeignDatabase&&) noexcept;
  ForeignDatabase& operator=(ForeignDatabase&&) noexcept;
  ~ForeignDatabase();

  /// Runs `sql` (ours, never anybody's input) with its parameters bound, and hands on each row.
  /// Errors: those of `open`; malformed when the tables are not what the query expects.
  Result<void> query(const std::string& sql, std::span<const ForeignValue> parameters,
                     const std::function<void(const ForeignRow&)>& use);

  /// Another number after any commit of another connection (PRAGMA data_version).
  Result<std::int64_t> version();

  /// The file still has its name: false once it was replaced or removed (open it anew then).
  bool is_current() const;
  /// Read as it was when it was opened: what comes later is not seen through this connection.
  bool is_frozen() const;

 private:
  struct State;
  explicit ForeignDatabase(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tidemark
