#include "store/log_rows.h"

#include <algorithm>
#include <array>
#include <utility>

#include "store/string_list.h"

namespace tidemark {
namespace {

constexpr std::array<std::string_view, 3> kSeverityNames{"warning", "error", "critical"};

Result<void> write_log_error(Connection& db, const RunKey& run, const std::string& reader,
                             const LogErrorRecord& error) {
  auto statement = db.prepare(
      "INSERT INTO TidemarkLogFinding (run_id, reader, level, category, message, exception, "
      "traceback, chain, timestamp, last_timestamp, line, byte_offset, step, last_line, last_step, "
      "count, "
      "requested_bytes, device_total_bytes, device_free_bytes, allocated_bytes, reserved_bytes, "
      "worker_pid, decides, skipped_batch) VALUES (?, ?, ?, ?, ?, nullif(?, ''), nullif(?, ''), "
      "nullif(?, '[]'), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!statement) return std::unexpected(statement.error());
  return statement->bind(run.id)
      .bind(reader)
      .bind(kSeverityNames[std::to_underlying(error.severity)])
      .bind(error.category)
      .bind(error.message)
      .bind(error.exception)
      .bind(error.traceback)
      .bind(string_list_json(error.chain))
      .bind(error.unix_seconds)
      .bind(error.last_unix_seconds)
      .bind(error.line)
      .bind(error.byte_offset)
      .bind(error.step)
      .bind(error.last_line)
      .bind(error.last_step)
      .bind(error.count)
      .bind(error.requested)
      .bind(error.device_total)
      .bind(error.device_free)
      .bind(error.allocated)
      .bind(error.reserved)
      .bind(error.worker_pid)
      .bind(std::int64_t{error.decides})
      .bind(std::int64_t{error.skipped_batch})
      .run();
}

LogErrorRecord read_log_error(const Statement& row) {
  LogErrorRecord error;
  const auto level = std::ranges::find(kSeverityNames, row.text_view(0));
  if (level != kSeverityNames.end())
    error.severity = static_cast<LogSeverity>(level - kSeverityNames.begin());
  error.category = row.text(1).value_or("");
  error.message = row.text(2).value_or("");
  error.exception = row.text(3).value_or("");
  error.traceback = row.text(4).value_or("");
  error.unix_seconds = row.real(5);
  error.last_unix_seconds = row.real(6);
  error.line = row.integer(7);
  error.byte_offset = row.integer(8);
  error.step = row.integer(9);
  error.last_line = row.integer(10);
  error.last_step = row.integer(11);
  error.count = std::max<std::int64_t>(row.integer(12).value_or(1), 1);
  error.requested = row.bytes(13);
  error.device_total = row.bytes(14);
  error.device_free = row.bytes(15);
  error.allocated = row.bytes(16);
  error.reserved = row.bytes(17);
  error.worker_pid = row.integer(18);
  error.decides = row.integer(19).value_or(0) != 0;
  error.skipped_batch = row.integer(20).value_or(0) != 0;
  error.chain = parse_string_list(row.text_view(21)).value_or(std::vector<std::string>{});
  return error;
}

LogMark read_log_mark(const Statement& row) {
  return {.reader = row.text(0).value_or(""),
          .byte_offset = row.integer(1).value_or(0),
          .line = row.integer(2).value_or(0),
          .unix_seconds = row.real(3).value_or(0),
          .step = row.integer(4)};
}

template <class Value>
Result<std::vector<Value>> load_all(Connection& db, const RunKey& run, const std::string& sql,
                                    Value (*read)(const Statement&)) {
  std::vector<Value> values;
  if (run.id == 0) return values;
  auto statement = db.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(run.id);
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return values;
    values.push_back(read(*statement));
  }
}

}  // namespace

Result<void> write_log_mark(Connection& db, const RunKey& run, const LogMark& mark) {
  auto statement = db.prepare(
      "INSERT INTO TidemarkLogIndex (run_id, reader, byte_offset, line, timestamp, step) VALUES "
      "(?, ?, ?, ?, ?, ?)");
  if (!statement) return std::unexpected(statement.error());
  return statement->bind(run.id)
      .bind(mark.reader)
      .bind(mark.byte_offset)
      .bind(mark.line)
      .bind(mark.unix_seconds)
      .bind(mark.step)
      .run();
}

Result<void> write_log_errors(Connection& db, const RunKey& run, const LogErrors& found) {
  auto statement = db.prepare("DELETE FROM TidemarkLogFinding WHERE run_id = ? AND reader = ?");
  if (!statement) return std::unexpected(statement.error());
  if (auto done = statement->bind(run.id).bind(found.reader).run(); !done) return done;
  for (const auto& error : found.errors)
    if (auto done = write_log_error(db, run, found.reader, error); !done) return done;
  return {};
}

Result<std::vector<LogErrorRecord>> load_log_errors(Connection& db, const RunKey& run) {
  return load_all(
      db, run,
      "SELECT level, category, message, exception, traceback, timestamp, "
      "last_timestamp, line, byte_offset, step, last_line, last_step, count, "
      "requested_bytes, device_total_bytes, device_free_bytes, allocated_bytes, "
      "reserved_bytes, worker_pid, decides, skipped_batch, chain FROM TidemarkLogFinding "
      "WHERE run_id = ? ORDER BY reader, id",
      read_log_error);
}

Result<std::vector<LogMark>> load_log_marks(Connection& db, const RunKey& run) {
  return load_all(db, run,
                  "SELECT reader, byte_offset, line, timestamp, step FROM TidemarkLogIndex WHERE "
                  "run_id = ? ORDER BY timestamp, id",
                  read_log_mark);
}

}  // namespace tidemark
