// Where stored rows, analysis and presentation meet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.h"
#include "report/compare_runs.h"
#include "report/config_change.h"
#include "report/whatif.h"
#include "store/store.h"

namespace tidemark {

/// One entry of log_errors: what the output said, or an exception that only an event recorded.
struct LogError {
  LogErrorRecord said{};
  std::optional<Bytes> memory_at_time{};  // the machine's, in the nearest sample with the trainer
                                          // alive
};

struct Report {
  Analysis analysis{};
  RunKey run{};
  std::vector<StoredEvent> events{};
  /// Rows of MetricsSample, thinned without losing a minimum or a maximum.
  std::vector<SampleRow> timeline{};
  std::vector<LogError> log_errors{};
};

struct ReportOptions {
  /// At most; the minima and maxima of every bucket are kept. Fewer than some 20 cannot hold them
  /// all: then a few more come.
  std::size_t timeline_points = 1000;
  /// What the caller found out about a run that has no end; nothing here looks at processes.
  Unended unended = Unended::lost;
};

/// Loads the run, analyses it, thins its timeline. A run whose trainer and monitor are both gone
/// and that has no end is told as `unknown`, with the reason. Errors: the store's.
Result<Report> build_report(Store& store, const StoredRun& run, const ReportOptions& options = {});

/// The answer of contract/analysis.schema.json: valid UTF-8, finite numbers, null for what is not
/// known. `indent` below 0: one line.
std::string report_json(const Report& report, int indent = -1);

/// The same answer from the report that was stored once the run had ended, in a fraction of the
/// time. Absent: none was, or it is not of the run as it ended. Errors: the store's.
Result<std::optional<std::string>> stored_report_json(Store& store, const StoredRun& run,
                                                      std::size_t timeline_points);

/// As the AnalysisReport table holds it.
StoredReport to_stored(const Report& report, double created_at);

struct TextStyle {
  bool color = false;
  int width = 80;
  bool short_form = false;  // what `tidemark run` prints at its end
};
/// The first line is the verdict. Control characters of names and messages are escaped.
std::string report_text(const Report& report, const TextStyle& style);

/// One file that needs nothing beside it: no script, no font, no address. Texts of the run are
/// escaped.
std::string report_html(const Report& report);

/// A part of a run's series. Without `from` and `to` all of it.
struct SeriesWindow {
  std::optional<double> from{}, to{};  // unix seconds, both within
  std::size_t points = 1000;           // at most; minima and maxima of every bucket are kept
};

/// {"columns": {"timestamp": [...], ...}}: of samples and of steps. A column that the run never had
/// is left out; what one row lacks is null, as are NaN and infinity. Errors: the store's.
Result<std::string> timeline_json(Store& store, const RunKey& run, const SeriesWindow& window);
Result<std::string> steps_json(Store& store, const RunKey& run, const SeriesWindow& window);

/// What came into a run behind a mark. Empty texts: nothing.
struct LiveRows {
  RowMark mark{};         // to go on from
  std::string samples{};  // as timeline_json() gives them
  std::string steps{};    // as steps_json() gives them
  std::string events{};   // an array, as the contract's `events`
};
/// However much it is, samples and steps are thinned to `points` each. Errors: the store's.
Result<LiveRows> live_rows(Store& store, const RunKey& run, const RowMark& after,
                           std::size_t points = 500);

struct ListedJob {
  JobOverview job{};
  RunStatus status = RunStatus::unknown;  // of its latest run
};
/// How far the latest run came: as its report counted, else by the last step's number. Absent: no
/// step was seen.
std::optional<std::int64_t> steps_completed(const JobOverview& job);
/// An array of jobs, as `tidemark jobs --json` and GET /api/jobs give it. `indent` below 0: one
/// line.
std::string jobs_json(const std::vector<ListedJob>& jobs, int indent = -1);
/// A page of the jobs, each with a link to /jobs/ID. Texts are escaped.
std::string job_list_html(const std::vector<ListedJob>& jobs);

struct ListedRun {
  StoredRun run{};
  RunStatus status = RunStatus::unknown;
};
std::string runs_json(const std::vector<ListedRun>& runs);

/// `text` as one cell of a table: made harmless for a terminal and cut to `columns`.
std::string printable(std::string_view text, std::size_t columns);

// format_bytes() and format_duration() come with analysis/analysis.h.

}  // namespace tidemark
