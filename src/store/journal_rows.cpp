#include "store/journal_rows.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tidemark {
namespace {

constexpr std::array<std::string_view, 3> kDeviceNames{"cpu", "cuda", "mps"};

AllocatorRecord read_record(const Statement& row) {
  AllocatorRecord record;
  record.unix_seconds = row.real(0).value_or(0);
  record.step = row.integer(1);
  record.rank = static_cast<std::int32_t>(row.integer(2).value_or(0));
  const auto device = std::ranges::find(kDeviceNames, row.text_view(3));
  if (device != kDeviceNames.end())
    record.device = static_cast<AllocatorRecord::Device>(device - kDeviceNames.begin());
  record.device_index = static_cast<std::uint32_t>(row.integer(4).value_or(0));
  record.allocated = row.bytes(5).value_or(Bytes{});
  record.reserved = row.bytes(6).value_or(Bytes{});
  record.peak_allocated = row.bytes(7).value_or(Bytes{});
  record.peak_reserved = row.bytes(8).value_or(Bytes{});
  return record;
}

}  // namespace

Result<void> write_journal_mark(Connection& db, const RunKey& run, const JournalMark& mark) {
  auto statement = db.prepare(
      "INSERT INTO TidemarkJournal (id, run_id, position) VALUES (?, ?, ?) ON CONFLICT (id) DO "
      "UPDATE SET run_id = excluded.run_id, position = excluded.position");
  if (!statement) return std::unexpected(statement.error());
  return statement->bind(mark.journal_id).bind(run.id).bind(mark.position).run();
}

Result<void> write_allocator_record(Connection& db, const RunKey& run,
                                    const AllocatorRecord& record) {
  auto statement = db.prepare(
      "INSERT INTO TidemarkAllocatorSample (run_id, timestamp, step, rank, device, device_index, "
      "allocated_bytes, reserved_bytes, peak_allocated_bytes, peak_reserved_bytes) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!statement) return std::unexpected(statement.error());
  return statement->bind(run.id)
      .bind(record.unix_seconds)
      .bind(record.step)
      .bind(record.rank)
      .bind(kDeviceNames[std::to_underlying(record.device)])
      .bind(static_cast<std::int64_t>(record.device_index))
      .bind(record.allocated)
      .bind(record.reserved)
      .bind(record.peak_allocated)
      .bind(record.peak_reserved)
      .run();
}

Result<std::optional<StoredJournal>> load_journal(Connection& db, std::string_view journal_id) {
  auto statement = db.prepare(
      "SELECT TidemarkRun.id, TidemarkRun.job_id, TidemarkRun.number, TidemarkJournal.position "
      "FROM TidemarkJournal JOIN TidemarkRun ON TidemarkRun.id = TidemarkJournal.run_id "
      "WHERE TidemarkJournal.id = ?");
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->bind(journal_id).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  StoredJournal journal;
  journal.run.id = statement->integer(0).value_or(0);
  journal.run.job_id = statement->text(1).value_or("");
  journal.run.number = statement->integer(2).value_or(1);
  journal.position = statement->text(3).value_or("");
  return journal;
}

Result<void> stream_allocator_records(Connection& db, const RunKey& run,
                                      const std::function<void(const AllocatorRecord&)>& use) {
  auto statement = db.prepare(
      "SELECT timestamp, step, rank, device, device_index, allocated_bytes, reserved_bytes, "
      "peak_allocated_bytes, peak_reserved_bytes FROM TidemarkAllocatorSample WHERE run_id = ? "
      "ORDER BY timestamp, id");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(run.id);
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    use(read_record(*statement));
  }
}

}  // namespace tidemark
