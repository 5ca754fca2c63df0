// One SQL statement, on loan from its connection: when it goes out of scope it is reset (which ends
// its read transaction) and waits there to be used again.
//
// This is on the C interface rather than on SQLiteCpp's Statement because that one copies a shared
// pointer for every value it reads (measured in docs/store_schema.md): a run of a million steps has
// twelve million.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/bytes.h"
#include "core/result.h"

struct sqlite3_stmt;

namespace tidemark {

class Connection;

class Statement {
 public:
  Statement(Connection& owner, std::string sql, sqlite3_stmt* prepared)
      : owner_(&owner), sql_(std::move(sql)), prepared_(prepared) {}
  Statement(Statement&& other) noexcept
      : owner_(other.owner_),
        sql_(std::move(other.sql_)),
        prepared_(std::exchange(other.prepared_, nullptr)),
        bound_(other.bound_),
        error_(other.error_) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Parameters, in their order. What goes wrong here is reported by the next step() or run().
  Statement& bind(std::int64_t value);
  Statement& bind(std::int32_t value) { return bind(std::int64_t{value}); }
  Statement& bind(double value);  // SQLite stores NaN as NULL
  Statement& bind(std::string_view text);
  Statement& bind(std::nullopt_t);
  Statement& bind(Bytes value) { return bind(value.count); }
  template <class T>
  Statement& bind(const std::optional<T>& value) {
    return value ? bind(*value) : bind(std::nullopt);
  }

  /// True: the next row is there to be read. False: there are no more.
  Result<bool> step();

  /// Runs it to its end and makes it ready for the next parameters.
  Result<void> run();

  /// Ready for the next parameters; the old ones are gone.
  void reset();

  // The row's values, from column 0. A value of another type than asked for is absent: anyone can
  // write these tables, and SQLite lets any type into any column.
  std::optional<std::int64_t> integer(int column) const;
  std::optional<double> real(int column) const;
  std::optional<Bytes> bytes(int column) const;
  std::optional<std::string> text(int column) const;
  /// Valid until the next step; empty when there is none.
  std::string_view text_view(int column) const;

 private:
  Connection* owner_;
  std::string sql_;
  sqlite3_stmt* prepared_;  // null once moved from
  int bound_ = 0;
  int error_ = 0;  // the first bind that failed
};

}  // namespace tidemark
