#include "store/row_reader.h"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "store/row_codec.h"

namespace tidemark {
namespace {

/// A query of one run's rows: ?1 and ?2 are the run, `more` the parameters behind them.
struct Selection {
  std::string sql{};
  std::vector<std::variant<std::int64_t, double>> more{};
};

// Run 1 is its own rows and those without a run. Two selects under one ORDER BY are merged as they
// stream, each in the order of the index; one select with OR would have to be sorted as a whole.
Selection select_rows(const std::string& what_from, const RunKey& run, std::string_view order,
                      const std::string& condition = {}) {
  std::string sql = what_from + " WHERE job_id = ?1 AND run_id = ?2" + condition;
  if (run.number == 1)
    sql += " UNION ALL " + what_from + " WHERE job_id = ?1 AND run_id IS NULL" + condition;
  return {sql + " ORDER BY " + std::string{order}};
}

Selection select_later(const std::string& what_from, const RunKey& run, std::string_view order,
                       double unix_seconds) {
  auto later = select_rows(what_from, run, order, " AND timestamp > ?3");
  later.more = {unix_seconds};
  return later;
}

/// Those behind the id `after` up to `last`, in the order in which they were written. The pluses
/// keep SQLite from the indexes: what is new is at the end of the table, and few.
Selection select_between(const std::string& what_from, const RunKey& run, std::int64_t after,
                         std::int64_t last) {
  return {what_from + " WHERE id > ?3 AND id <= ?4 AND +job_id = ?1 AND (+run_id = ?2" +
              (run.number == 1 ? " OR run_id IS NULL" : "") + ") ORDER BY id",
          {after, last}};
}

/// Calls `read` for every row of the run that is selected.
template <class Read>
Result<void> for_each_row(Connection& db, const Selection& rows, const RunKey& run,
                          const Read& read) {
  auto statement = db.prepare(rows.sql);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(run.job_id).bind(run.id);
  for (const auto& parameter : rows.more)
    std::visit([&](auto value) { statement->bind(value); }, parameter);
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

StoredEvent read_event(const Statement& row) {
  StoredEvent entry;
  entry.event.unix_seconds = row.real(1).value_or(0);
  entry.event.type = row.text_view(2);
  entry.event.details = row.text_view(3);
  entry.event.rank = static_cast<std::int32_t>(row.integer(4).value_or(0));
  entry.used = used_of(row, 5);
  return entry;
}

const std::string& select_events() {
  static const std::string sql =
      "SELECT id, timestamp, event_type, details, rank, (SELECT used_memory_gb FROM MetricsSample "
      "WHERE MetricsSample.id = memory_snapshot_id) FROM TrainingEvent";
  return sql;
}

Result<std::vector<StoredEvent>> events_of(Connection& db, const Selection& rows,
                                           const RunKey& run) {
  std::vector<StoredEvent> events;
  auto done = for_each_row(db, rows, run, [&](const Statement& row) -> Result<void> {
    events.push_back(read_event(row));
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return events;
}

std::string newest_first(std::string_view order, std::size_t most) {
  return std::string{order} + " LIMIT " + std::to_string(most);
}

}  // namespace

Result<std::vector<StoredEvent>> load_events(Connection& db, const RunKey& run) {
  return events_of(db, select_rows(select_events(), run, "timestamp, id"), run);
}

Result<std::vector<StoredEvent>> load_last_events(Connection& db, const RunKey& run,
                                                  std::size_t most) {
  const auto order = newest_first("timestamp DESC, id DESC", most);
  auto events = events_of(db, select_rows(select_events(), run, order), run);
  if (events) std::ranges::reverse(*events);
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

const std::string& select_samples() {
  static const std::string sql =
      "SELECT id, gpu_count, tenant_count, " + sample_columns() + " FROM MetricsSample";
  return sql;
}

Result<void> samples_of(Connection& db, const Selection& rows, const RunKey& run,
                        const std::function<void(const SampleRow&)>& use) {
  return for_each_row(db, rows, run, [&](const Statement& row) -> Result<void> {
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
  });
}

}  // namespace

Result<void> stream_samples(Connection& db, const RunKey& run,
                            const std::function<void(const SampleRow&)>& use) {
  return samples_of(db, select_rows(select_samples(), run, "timestamp, id"), run, use);
}

Result<void> stream_samples_after(Connection& db, const RunKey& run, double unix_seconds,
                                  const std::function<void(const SampleRow&)>& use) {
  return samples_of(db, select_later(select_samples(), run, "timestamp, id", unix_seconds), run,
                    use);
}

Result<std::optional<SampleRow>> load_last_sample(Connection& db, const RunKey& run) {
  std::optional<SampleRow> last;
  const auto newest = select_rows(select_samples(), run, "timestamp DESC, id DESC LIMIT 1");
  const auto read =
      samples_of(db, newest, run, [&last](const SampleRow& sample) { last = sample; });
  if (!read) return std::unexpected(read.error());
  return last;
}

namespace {

const std::string& select_steps() {
  static const std::string sql = "SELECT id, " + std::string{step_columns()} + " FROM StepMetric";
  return sql;
}

Result<void> steps_of(Connection& db, const Selection& rows, const RunKey& run,
                      const std::function<void(const StepRecord&)>& use) {
  return for_each_row(db, rows, run, [&](const Statement& row) -> Result<void> {
    use(read_step(row, 1));
    return {};
  });
}

}  // namespace

Result<void> stream_steps(Connection& db, const RunKey& run,
                          const std::function<void(const StepRecord&)>& use) {
  return steps_of(db, select_rows(select_steps(), run, "step, id"), run, use);
}

Result<std::vector<StepRecord>> load_last_steps(Connection& db, const RunKey& run,
                                                std::size_t most) {
  std::vector<StepRecord> steps;
  const auto newest = select_rows(select_steps(), run, newest_first("step DESC, id DESC", most));
  const auto read =
      steps_of(db, newest, run, [&steps](const StepRecord& step) { steps.push_back(step); });
  if (!read) return std::unexpected(read.error());
  std::ranges::reverse(steps);
  return steps;
}

namespace {

Result<std::int64_t> newest_id(Connection& db, const char* table) {
  auto statement = db.prepare(std::string{"SELECT max(id) FROM "} + table);
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? statement->integer(0).value_or(0) : 0;
}

}  // namespace

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
      db, select_between(select_samples(), run, after.sample, last.sample), run, use.sample);
  if (!samples) return samples;
  const auto steps =
      steps_of(db, select_between(select_steps(), run, after.step, last.step), run, use.step);
  if (!steps) return steps;
  return for_each_row(db, select_between(select_events(), run, after.event, last.event), run,
                      [&](const Statement& row) -> Result<void> {
                        use.event(read_event(row));
                        return {};
                      });
}

}  // namespace tidemark
