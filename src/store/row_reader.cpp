#include "store/row_reader.h"

#include <string>

#include "store/row_codec.h"

namespace tidemark {
namespace {

// Run 1 is its own rows and those without a run. Two selects under one ORDER BY are merged as they
// stream, each in the order of the index; one select with OR would have to be sorted as a whole.
std::string select_rows(const std::string& what_from, const RunKey& run, std::string_view order) {
  std::string sql = what_from + " WHERE job_id = ?1 AND run_id = ?2";
  if (run.number == 1) sql += " UNION ALL " + what_from + " WHERE job_id = ?1 AND run_id IS NULL";
  return sql + " ORDER BY " + std::string{order};
}

/// The run's rows between two ids, in the order in which they were written. The pluses keep SQLite
/// from the indexes: what is new is at the end of the table, and few.
std::string select_rows_between(const std::string& what_from, const RunKey& run) {
  return what_from + " WHERE id > ?3 AND id <= ?4 AND +job_id = ?1 AND (+run_id = ?2" +
         (run.number == 1 ? " OR run_id IS NULL" : "") + ") ORDER BY id";
}

/// Ids of a table: those behind `after`, up to `last`.
struct IdRange {
  std::int64_t after = 0, last = 0;
};

/// Calls `read` for every row of the run. `ids`: the statement's ?3 and ?4, where it has them.
template <class Read>
Result<void> for_each_row(Connection& db, const std::string& sql, const RunKey& run,
                          const Read& read, std::optional<IdRange> ids = std::nullopt) {
  auto statement = db.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(run.job_id).bind(run.id);
  if (ids) statement->bind(ids->after).bind(ids->last);
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    if (Result<void> done = read(*statement); !done) return done;
  }
}

/// What is left of a statement, row by row.
template <class Row>
Result<std::vector<Row>> read_all(Statement& statement, Row (*read)(const Statement&, int)) {
  std::vector<Row> rows;
  for (;;) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return rows;
    rows.push_back(read(statement, 0));
  }
}

/// The rows of `table` that hang on a sample.
template <class Row>
Result<std::vector<Row>> load_of_sample(Connection& db, std::string_view columns,
                                        std::string_view table, std::int64_t sample_id,
                                        Row (*read)(const Statement&, int)) {
  auto statement = db.prepare("SELECT " + std::string{columns} + " FROM " + std::string{table} +
                              " WHERE sample_id = ? ORDER BY id");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(sample_id);
  return read_all(*statement, read);
}

Result<std::vector<GpuSample>> load_gpus(Connection& db, std::int64_t sample_id) {
  return load_of_sample(db, gpu_columns(), "TidemarkGpuSample", sample_id, read_gpu);
}

Result<std::vector<Tenant>> load_tenants(Connection& db, std::int64_t sample_id) {
  return load_of_sample(db, tenant_columns(), "TidemarkTenant", sample_id, read_tenant);
}

std::optional<Bytes> used_of(const Statement& row, int column) {
  const auto gb = row.real(column);
  constexpr double kLimitGb = 8e9;
  if (!gb || !(*gb > -kLimitGb && *gb < kLimitGb)) return std::nullopt;
  return from_gib(*gb);
}

}  // namespace

namespace {

const std::string& select_events() {
  static const std::string sql =
      "SELECT id, timestamp, event_type, details, rank, (SELECT used_memory_gb FROM MetricsSample "
      "WHERE MetricsSample.id = memory_snapshot_id) FROM TrainingEvent";
  return sql;
}

const std::string& select_steps() {
  static const std::string sql = "SELECT id, " + std::string{step_columns()} + " FROM StepMetric";
  return sql;
}

StoredEvent read_event(const Statement& row) {
  StoredEvent entry;
  entry.event.unix_seconds = row.real(1).value_or(0);
  entry.event.type = row.text_view(2);
  entry.event.details = row.text_view(3);
  entry.event.rank = static_cast<std::int32_t>(row.integer(4).value_or(0));
  entry.used = used_of(row, 5);
  return entry;
}

Result<std::int64_t> newest_id(Connection& db, const char* table) {
  auto statement = db.prepare(std::string{"SELECT max(id) FROM "} + table);
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? statement->integer(0).value_or(0) : 0;
}

}  // namespace

Result<std::vector<StoredEvent>> load_events(Connection& db, const RunKey& run) {
  std::vector<StoredEvent> events;
  auto done = for_each_row(db, select_rows(select_events(), run, "timestamp, id"), run,
                           [&](const Statement& row) -> Result<void> {
                             events.push_back(read_event(row));
                             return {};
                           });
  if (!done) return std::unexpected(done.error());
  return events;
}

Result<std::vector<GpuProcess>> load_gpu_processes(Connection& db, std::int64_t sample_id,
                                                   std::int32_t device_index,
                                                   std::string_view device_uid) {
  auto statement = db.prepare(
      "SELECT pid, memory_bytes, of_run FROM TidemarkGpuProcess WHERE sample_id = ?1 AND "
      "device_index = ?2 AND (?3 = '' OR device_uid IS NULL OR device_uid = ?3) ORDER BY id");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(sample_id).bind(device_index).bind(device_uid);
  return read_all(*statement, read_gpu_process);
}

Result<std::vector<ProcessSample>> load_processes(Connection& db, std::int64_t sample_id) {
  return load_of_sample(db, process_columns(), "TidemarkProcessSample", sample_id, read_process);
}

namespace {

Result<void> samples_of(Connection& db, const RunKey& run,
                        const std::function<std::string(const std::string&)>& select,
                        const std::function<void(const SampleRow&)>& use,
                        std::optional<IdRange> ids = std::nullopt) {
  static const std::string what_from =
      "SELECT id, gpu_count, tenant_count, " + sample_columns() + " FROM MetricsSample";
  const auto read = [&](const Statement& row) -> Result<void> {
    auto sample = read_sample(row, 3);
    sample.id = row.integer(0).value_or(0);
    if (row.integer(1).value_or(0) > 0) {
      auto gpus = load_gpus(db, sample.id);
      if (!gpus) return std::unexpected(gpus.error());
      sample.gpus = std::move(*gpus);
    }
    if (row.integer(2).value_or(0) > 0) {
      auto tenants = load_tenants(db, sample.id);
      if (!tenants) return std::unexpected(tenants.error());
      sample.tenants = std::move(*tenants);
    }
    use(sample);
    return {};
  };
  return for_each_row(db, select(what_from), run, read, ids);
}

Result<void> samples_in_order(Connection& db, const RunKey& run, const char* order,
                              const std::function<void(const SampleRow&)>& use) {
  return samples_of(
      db, run, [&](const std::string& what_from) { return select_rows(what_from, run, order); },
      use);
}

}  // namespace

Result<void> stream_samples(Connection& db, const RunKey& run,
                            const std::function<void(const SampleRow&)>& use) {
  return samples_in_order(db, run, "timestamp, id", use);
}

Result<std::optional<SampleRow>> load_last_sample(Connection& db, const RunKey& run) {
  std::optional<SampleRow> last;
  const auto read = samples_in_order(db, run, "timestamp DESC, id DESC LIMIT 1",
                                     [&last](const SampleRow& sample) { last = sample; });
  if (!read) return std::unexpected(read.error());
  return last;
}

Result<void> stream_steps(Connection& db, const RunKey& run,
                          const std::function<void(const StepRecord&)>& use) {
  return for_each_row(db, select_rows(select_steps(), run, "step, id"), run,
                      [&](const Statement& row) -> Result<void> {
                        use(read_step(row, 1));
                        return {};
                      });
}

Result<RowMark> load_row_mark(Connection& db) {
  const auto sample = newest_id(db, "MetricsSample");
  if (!sample) return std::unexpected(sample.error());
  const auto step = newest_id(db, "StepMetric");
  if (!step) return std::unexpected(step.error());
  const auto event = newest_id(db, "TrainingEvent");
  if (!event) return std::unexpected(event.error());
  return RowMark{*sample, *step, *event};
}

Result<void> stream_rows_between(Connection& db, const RunKey& run, const RowMark& after,
                                 const RowMark& last, const RowReaders& use) {
  const auto samples = samples_of(
      db, run, [&](const std::string& what_from) { return select_rows_between(what_from, run); },
      use.sample, IdRange{after.sample, last.sample});
  if (!samples) return samples;
  const auto steps = for_each_row(
      db, select_rows_between(select_steps(), run), run,
      [&](const Statement& row) -> Result<void> {
        use.step(read_step(row, 1));
        return {};
      },
      IdRange{after.step, last.step});
  if (!steps) return steps;
  return for_each_row(
      db, select_rows_between(select_events(), run), run,
      [&](const Statement& row) -> Result<void> {
        use.event(read_event(row));
        return {};
      },
      IdRange{after.event, last.event});
}

}  // namespace tidemark
