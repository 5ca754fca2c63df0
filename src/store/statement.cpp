#include "store/statement.h"

#include <sqlite3.h>

#include "store/connection.h"

namespace tidemark {

Statement::~Statement() {
  if (prepared_ == nullptr) return;
  reset();
  owner_->give_back(std::move(sql_), prepared_);
}

Statement& Statement::bind(std::int64_t value) {
  const int code = sqlite3_bind_int64(prepared_, ++bound_, value);
  if (error_ == SQLITE_OK) error_ = code;
  return *this;
}

Statement& Statement::bind(double value) {
  const int code = sqlite3_bind_double(prepared_, ++bound_, value);
  if (error_ == SQLITE_OK) error_ = code;
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  // A null pointer would be NULL, and an empty string_view may hold one.
  const char* const begin = text.empty() ? "" : text.data();
  const int code =
      sqlite3_bind_text64(prepared_, ++bound_, begin, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (error_ == SQLITE_OK) error_ = code;
  return *this;
}

Statement& Statement::bind(std::nullopt_t) {
  const int code = sqlite3_bind_null(prepared_, ++bound_);
  if (error_ == SQLITE_OK) error_ = code;
  return *this;
}

Result<bool> Statement::step() {
  const int code = error_ != SQLITE_OK ? error_ : sqlite3_step(prepared_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  auto error = owner_->error(code);
  reset();
  return std::unexpected(std::move(error));
}

Result<void> Statement::run() {
  for (;;) {
    const auto more = step();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
  }
  reset();
  return {};
}

void Statement::reset() {
  sqlite3_reset(prepared_);  // repeats the code of the last step, which was reported there
  sqlite3_clear_bindings(prepared_);
  bound_ = 0;
  error_ = SQLITE_OK;
}

// sqlite3_column_value gives a value that only one thread may touch, which holds here, and spares
// the look-up of the column for its type and again for its content.
std::optional<std::int64_t> Statement::integer(int column) const {
  sqlite3_value* const value = sqlite3_column_value(prepared_, column);
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      return sqlite3_value_int64(value);
    case SQLITE_FLOAT: {
      const double number = sqlite3_value_double(value);
      constexpr double kLimit = 9.2e18;  // below 2^63: the cast is defined
      if (number > -kLimit && number < kLimit) return static_cast<std::int64_t>(number);
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

std::optional<double> Statement::real(int column) const {
  sqlite3_value* const value = sqlite3_column_value(prepared_, column);
  const int type = sqlite3_value_type(value);
  if (type != SQLITE_FLOAT && type != SQLITE_INTEGER) return std::nullopt;
  return sqlite3_value_double(value);
}

std::optional<Bytes> Statement::bytes(int column) const {
  const auto count = integer(column);
  return count ? std::optional{Bytes{*count}} : std::nullopt;
}

std::optional<std::string> Statement::text(int column) const {
  if (sqlite3_column_type(prepared_, column) == SQLITE_NULL) return std::nullopt;
  return std::string{text_view(column)};
}

std::string_view Statement::text_view(int column) const {
  const auto* const begin = reinterpret_cast<const char*>(sqlite3_column_text(prepared_, column));
  if (begin == nullptr) return {};
  return {begin, static_cast<std::size_t>(sqlite3_column_bytes(prepared_, column))};
}

}  // namespace tidemark
