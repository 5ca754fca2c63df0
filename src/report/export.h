// A run's rows for other programs. Part of the face (report.h).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "store/store.h"
#include "telemetry/run.h"

namespace tidemark {

enum class ExportFormat : std::uint8_t {
  csv,         // RFC 4180 with a header; empty: absent
  json,        // one object; absent values, NaN and infinity are null
  prometheus,  // OpenMetrics text with a timestamp at each value
};
enum class ExportTable : std::uint8_t { samples, steps, events };
std::optional<ExportFormat> export_format_from(std::string_view name);
std::optional<ExportTable> export_table_from(std::string_view name);

struct ExportOptions {
  ExportFormat format = ExportFormat::csv;
  /// Absent: csv gives the samples, the others all that they can.
  std::optional<ExportTable> table{};
  RunStatus status = RunStatus::unknown;  // of the run, as far as the caller knows
};

/// Takes pieces of the export, each once. False: it cannot take more.
using ExportSink = std::function<bool(std::string_view)>;

struct ExportOutcome {
  bool taken = true;          // the sink took everything
  std::int64_t left_out = 0;  // steps that a format cannot hold: OpenMetrics wants rising times
};

/// Streams: memory does not grow with the number of rows. Errors: the store's; invalid (events in a
/// format for numbers).
Result<ExportOutcome> export_run(Store& store, const StoredRun& run, const ExportOptions& options,
                                 const ExportSink& sink);

}  // namespace tidemark
