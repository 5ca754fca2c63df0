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

/// Calls `read` for every row of the run.
template <class Read>
Result<void> for_each_row(Connection& db, const std::string& sql, const RunKey& run,
                          const Read& read) {
  auto statement = db.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(run.job_id).bind(run.id);
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    if (Result<void> done = read(*statement); !done) return done;
  }
}

Result<std::vector<GpuSample>> load_gpus(Connection& db, std::int64_t sample_id) {
  static const std::string sql = "SELECT " + std::string{gpu_columns()} +
                                 " FROM TidemarkGpuSample WHERE sample_id = ? ORDER BY id";
  std::vector<GpuSample> gpus;
  auto statement = db.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(sample_id);
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    gpus.push_back(read_gpu(*statement, 0));
  }
  return gpus;
}

Result<std::vector<Tenant>> load_tenants(Connection& db, std::int64_t sample_id) {
  static const std::string sql = "SELECT " + std::string{tenant_columns()} +
                                 " FROM TidemarkTenant WHERE sample_id = ? ORDER BY id";
  std::vector<Tenant> tenants;
  auto statement = db.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(sample_id);
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return tenants;
    tenants.push_back(read_tenant(*statement, 0));
  }
}

std::optional<Bytes> used_of(const Statement& row, int column) {
  const auto gb = row.real(column);
  constexpr double kLimitGb = 8e9;
  if (!gb || !(*gb > -kLimitGb && *gb < kLimitGb)) return std::nullopt;
  return from_gib(*gb);
}

}  // namespace

Result<std::vector<StoredEvent>> load_events(Connection& db, const RunKey& run) {
  static const std::string what_from =
      "SELECT id, timestamp, event_type, details, rank, (SELECT used_memory_gb FROM MetricsSample "
      "WHERE MetricsSample.id = memory_snapshot_id) FROM TrainingEvent";
  std::vector<StoredEvent> events;
  auto done = for_each_row(db, select_rows(what_from, run, "timestamp, id"), run,
                           [&](const Statement& row) -> Result<void> {
                             StoredEvent entry;
                             entry.event.unix_seconds = row.real(1).value_or(0);
                             entry.event.type = row.text_view(2);
                             entry.event.details = row.text_view(3);
                             entry.event.rank =
                                 static_cast<std::int32_t>(row.integer(4).value_or(0));
                             entry.used = used_of(row, 5);
                             events.push_back(std::move(entry));
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
  std::vector<GpuProcess> processes;
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return processes;
    processes.push_back(read_gpu_process(*statement, 0));
  }
}

Result<std::vector<ProcessSample>> load_processes(Connection& db, std::int64_t sample_id) {
  static const std::string sql = "SELECT " + std::string{process_columns()} +
                                 " FROM TidemarkProcessSample WHERE sample_id = ? ORDER BY id";
  std::vector<ProcessSample> processes;
  auto statement = db.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(sample_id);
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return processes;
    processes.push_back(read_process(*statement, 0));
  }
}

Result<void> stream_samples(Connection& db, const RunKey& run,
                            const std::function<void(const SampleRow&)>& use) {
  static const std::string what_from =
      "SELECT id, gpu_count, tenant_count, " + sample_columns() + " FROM MetricsSample";
  return for_each_row(db, select_rows(what_from, run, "timestamp, id"), run,
                      [&](const Statement& row) -> Result<void> {
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

Result<void> stream_steps(Connection& db, const RunKey& run,
                          const std::function<void(const StepRecord&)>& use) {
  static const std::string what_from =
      "SELECT id, " + std::string{step_columns()} + " FROM StepMetric";
  return for_each_row(db, select_rows(what_from, run, "step, id"), run,
                      [&](const Statement& row) -> Result<void> {
                        use(read_step(row, 1));
                        return {};
                      });
}

}  // namespace tidemark
