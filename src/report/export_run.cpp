#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>

#include "report/export_rows.h"
#include "report/report.h"

namespace tidemark {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10U;  // bytes that are handed on at once

/// Text on its way to the sink, in pieces.
class Outlet {
 public:
  explicit Outlet(const ExportSink& sink) : sink_(sink) {}

  std::string& text() { return text_; }
  /// After each row: what has gathered is handed on. What a sink that takes no more is given is let
  /// go.
  void row_is_done() {
    if (text_.size() >= kPiece) flush();
  }
  void flush() {
    if (taken_ && !text_.empty()) taken_ = sink_(text_);
    text_.clear();
  }
  bool taken() const { return taken_; }

 private:
  const ExportSink& sink_;
  std::string text_{};
  bool taken_ = true;
};

/// Calls `use` with every row of a table.
template <class Use>
Result<void> for_each_row(Store& store, const RunKey& run, ExportTable table, const Use& use) {
  switch (table) {
    case ExportTable::samples:
      return store.for_each_sample(run, use);
    case ExportTable::steps:
      return store.for_each_step(run, use);
    case ExportTable::events: {
      const auto events = store.events(run);
      if (!events) return std::unexpected(events.error());
      for (const auto& event : *events) use(event);
      return {};
    }
  }
  return {};
}

/// The names stand in the header also where there is no row.
void add_header(std::string& text, ExportTable table) {
  std::vector<NamedValue> values;
  if (table == ExportTable::samples) take_values(SampleRow{}, values);
  if (table == ExportTable::steps) take_values(StepRecord{}, values);
  if (table == ExportTable::events) take_values(StoredEvent{}, values);
  add_csv_header(text, values);
}

Result<void> export_csv(Store& store, const StoredRun& run, ExportTable table, Outlet& outlet) {
  std::vector<NamedValue> values;
  add_header(outlet.text(), table);
  return for_each_row(store, run.key, table, [&](const auto& row) {
    take_values(row, values);
    add_csv_row(outlet.text(), values);
    outlet.row_is_done();
  });
}

Result<void> export_json_rows(Store& store, const RunKey& run, ExportTable table, Outlet& outlet) {
  std::vector<NamedValue> values;
  bool is_first = true;
  outlet.text() += '[';
  auto read = for_each_row(store, run, table, [&](const auto& row) {
    outlet.text() += std::exchange(is_first, false) ? "\n" : ",\n";
    take_values(row, values);
    add_json_row(outlet.text(), values);
    outlet.row_is_done();
  });
  outlet.text() += ']';
  return read;
}

constexpr std::pair<ExportTable, std::string_view> kTables[] = {
    {ExportTable::samples, "samples"},
    {ExportTable::steps, "steps"},
    {ExportTable::events, "events"},
};

Result<void> export_json(Store& store, const StoredRun& run, const ExportOptions& options,
                         Outlet& outlet) {
  outlet.text() += fmt::format("{{\"job\":{{\"id\":{},\"name\":{},\"run\":{},\"status\":{}}}",
                               json_text(run.key.job_id), json_text(run.info.job_name),
                               run.key.number, json_text(name_of(options.status)));
  for (const auto& [table, name] : kTables) {
    if (options.table && *options.table != table) continue;
    outlet.text() += fmt::format(",\n\"{}\":", name);
    if (auto read = export_json_rows(store, run.key, table, outlet); !read) return read;
  }
  outlet.text() += "}\n";
  return {};
}

/// One family after the other, as OpenMetrics wants it: a pass over the rows for each.
template <class Row>
Result<std::int64_t> export_gauge(Store& store, const RunKey& run, ExportTable table,
                                  const Gauge<Row>& gauge, const std::string& labels,
                                  Outlet& outlet) {
  std::int64_t left_out = 0;
  double last_at = -std::numeric_limits<double>::infinity();
  outlet.text() += fmt::format("# TYPE {0} gauge\n# HELP {0} {1}.\n", gauge.name, gauge.help);
  const auto read = for_each_row(store, run, table, [&](const auto& row) {
    if constexpr (std::is_same_v<std::decay_t<decltype(row)>, Row>) {
      const auto value = gauge.value(row);
      if (!value) return;
      if (!(row.unix_seconds > last_at)) {
        ++left_out;
        return;
      }
      last_at = row.unix_seconds;
      fmt::format_to(std::back_inserter(outlet.text()), "{}{{{}}} {} {:.6f}\n", gauge.name, labels,
                     gauge_text(*value), row.unix_seconds);
      outlet.row_is_done();
    }
  });
  if (!read) return std::unexpected(read.error());
  return left_out;
}

template <class Row>
Result<std::int64_t> export_gauges(Store& store, const RunKey& run, ExportTable table,
                                   std::span<const Gauge<Row>> gauges, const std::string& labels,
                                   Outlet& outlet) {
  std::int64_t most = 0;  // a row that one gauge leaves out is left out by the others too
  for (const auto& gauge : gauges) {
    const auto left_out = export_gauge(store, run, table, gauge, labels, outlet);
    if (!left_out) return left_out;
    most = std::max(most, *left_out);
  }
  return most;
}

Result<std::int64_t> export_prometheus(Store& store, const StoredRun& run,
                                       const ExportOptions& options, Outlet& outlet) {
  if (options.table == ExportTable::events)
    return fail(Errc::invalid, "events are no numbers: export them as csv or json");
  const auto labels = fmt::format("job=\"{}\",name=\"{}\",run=\"{}\"", label_text(run.key.job_id),
                                  label_text(run.info.job_name), run.key.number);
  std::int64_t left_out = 0;
  if (options.table != ExportTable::steps) {
    const auto of_samples =
        export_gauges(store, run.key, ExportTable::samples, sample_gauges(), labels, outlet);
    if (!of_samples) return of_samples;
    left_out += *of_samples;
  }
  if (options.table != ExportTable::samples) {
    const auto of_steps =
        export_gauges(store, run.key, ExportTable::steps, step_gauges(), labels, outlet);
    if (!of_steps) return of_steps;
    left_out += *of_steps;
  }
  outlet.text() += "# EOF\n";
  return left_out;
}

}  // namespace

std::optional<ExportFormat> export_format_from(std::string_view name) {
  if (name == "csv") return ExportFormat::csv;
  if (name == "json") return ExportFormat::json;
  if (name == "prometheus") return ExportFormat::prometheus;
  return std::nullopt;
}

std::optional<ExportTable> export_table_from(std::string_view name) {
  for (const auto& [table, its_name] : kTables)
    if (its_name == name) return table;
  return std::nullopt;
}

Result<ExportOutcome> export_run(Store& store, const StoredRun& run, const ExportOptions& options,
                                 const ExportSink& sink) {
  Outlet outlet{sink};
  ExportOutcome outcome;
  Result<void> done{};
  switch (options.format) {
    case ExportFormat::csv:
      done = export_csv(store, run, options.table.value_or(ExportTable::samples), outlet);
      break;
    case ExportFormat::json:
      done = export_json(store, run, options, outlet);
      break;
    case ExportFormat::prometheus: {
      const auto left_out = export_prometheus(store, run, options, outlet);
      if (!left_out) return std::unexpected(left_out.error());
      outcome.left_out = *left_out;
      break;
    }
  }
  if (!done) return std::unexpected(done.error());
  outlet.flush();
  outcome.taken = outlet.taken();
  return outcome;
}

}  // namespace tidemark
