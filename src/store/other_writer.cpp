#include "store/other_writer.h"

#include <algorithm>
#include <array>
#include <set>

namespace tidemark {
namespace {

struct RowTable {
  std::string_view name;
  std::string_view time_column;
  std::string_view order;  // what its index has after job_id and run_id: the ends are one seek each
};
constexpr std::array kRowTables{
    RowTable{"MetricsSample", "timestamp", "timestamp"},
    RowTable{"TrainingEvent", "timestamp", "timestamp"},
    RowTable{"StepMetric", "timestamp", "step"},
    RowTable{"AnalysisReport", "created_at", "id"},
};

Result<std::optional<double>> end_of(Connection& db, const RowTable& table, std::string_view job_id,
                                     std::string_view direction) {
  auto statement =
      db.prepare("SELECT " + std::string{table.time_column} + " FROM " + std::string{table.name} +
                 " WHERE job_id = ? AND run_id IS NULL ORDER BY " + std::string{table.order} + " " +
                 std::string{direction} + " LIMIT 1");
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->bind(job_id).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return statement->real(0).value_or(0);
}

// Jumps from one job id to the next through the index, whose first column it is; SELECT DISTINCT
// would walk all its entries.
std::string distinct_jobs_sql(std::string_view table) {
  const std::string name{table};
  return "WITH RECURSIVE job(id) AS (SELECT min(job_id) FROM " + name +
         " UNION ALL SELECT (SELECT min(job_id) FROM " + name +
         " WHERE job_id > job.id) FROM job WHERE job.id IS NOT NULL) "
         "SELECT id FROM job WHERE id IS NOT NULL AND EXISTS (SELECT 1 FROM " +
         name + " WHERE job_id = job.id AND run_id IS NULL)";
}

}  // namespace

Result<std::optional<OtherRows>> other_rows(Connection& db, std::string_view job_id) {
  std::optional<OtherRows> rows;
  for (const auto& table : kRowTables) {
    const auto first = end_of(db, table, job_id, "ASC");
    if (!first) return std::unexpected(first.error());
    const auto last = end_of(db, table, job_id, "DESC");
    if (!last) return std::unexpected(last.error());
    if (!*first || !*last) continue;
    // A report is written after the run: it says that there is one, not when it ran.
    if (table.name == "AnalysisReport" && rows) continue;
    if (!rows) rows = OtherRows{**first, **last};
    rows->first_seconds = std::min(rows->first_seconds, **first);
    rows->last_seconds = std::max(rows->last_seconds, **last);
  }
  return rows;
}

Result<std::vector<std::string>> jobs_with_other_rows(Connection& db) {
  std::set<std::string> ids;
  for (const auto& table : kRowTables) {
    auto statement = db.prepare(distinct_jobs_sql(table.name));
    if (!statement) return std::unexpected(statement.error());
    for (;;) {
      const auto row = statement->step();
      if (!row) return std::unexpected(row.error());
      if (!*row) break;
      if (auto id = statement->text(0)) ids.insert(std::move(*id));
    }
  }
  return std::vector<std::string>{ids.begin(), ids.end()};
}

}  // namespace tidemark
