#include "monitor/run_output.h"

#include <utility>

namespace tidemark {
namespace {

// One row of the index, some 50 bytes, in this time: 40 kB an hour.
constexpr double kMarkEverySeconds = 5;
// An error is stored soon after it was seen, in case the monitor dies; a flood of them is not
// stored over and over.
constexpr double kStoreErrorsEverySeconds = 5;

LogSeverity severity_of(LogLevel level) {
  return level == LogLevel::critical ? LogSeverity::critical
         : level == LogLevel::error  ? LogSeverity::error
                                     : LogSeverity::warning;
}

}  // namespace

RunOutput::RunOutput(const OutputSource& source, std::string reader,
                     std::int64_t utc_offset_seconds)
    : name_(std::move(reader)), follower_(source), log_(utc_offset_seconds) {
  if (source.earlier_offset < 0) return;
  const auto written = follower_.read_earlier(
      source.earlier_offset, [this](const auto& piece) { log_.feed(piece.bytes); });
  if (!written) return;
  if (const auto elapsed = log_.summary().last_elapsed_seconds)
    earlier_ = BarClock{*written, *elapsed};
}

bool RunOutput::read_available(double unix_seconds) {
  return follower_.read_available([&](const OutputFollower::Piece& piece) {
    // A line that the file before left unfinished ends with it.
    if (piece.new_file) log_.feed("\n", unix_seconds);
    if (piece.new_file) steps_.feed("\n", unix_seconds);
    log_.feed(piece.bytes, unix_seconds);
    steps_.feed(piece.bytes, unix_seconds);
  });
}

void RunOutput::finish() {
  steps_.finish();
  ended_ = true;
}

std::vector<StepRecord> RunOutput::take_steps() {
  auto lines = log_.take_line_steps();
  auto steps = steps_.take_steps();
  return steps.empty() && !steps_.last_step() ? lines : steps;
}

std::optional<LogMark> RunOutput::take_mark(double unix_seconds) {
  const bool too_soon = !ended_ && unix_seconds - marked_at_ < kMarkEverySeconds;
  if (log_.bytes() == bytes_marked_ || too_soon) return std::nullopt;
  bytes_marked_ = log_.bytes();
  marked_at_ = unix_seconds;
  return LogMark{.reader = name_,
                 .byte_offset = static_cast<std::int64_t>(log_.bytes()),
                 .line = static_cast<std::int64_t>(log_.lines()),
                 .unix_seconds = unix_seconds,
                 .step = log_.last_step()};
}

std::optional<LogErrors> RunOutput::take_new_errors(double unix_seconds) {
  const auto seen = log_.errors_seen();
  if (seen == errors_taken_ || unix_seconds - errors_taken_at_ < kStoreErrorsEverySeconds)
    return std::nullopt;
  errors_taken_ = seen;
  errors_taken_at_ = unix_seconds;
  return errors();
}

LogErrors RunOutput::errors() const {
  LogErrors found{.reader = name_};
  const auto summary = log_.summary();
  for (const auto& finding : summary.findings) found.errors.push_back(record_of(finding));
  if (summary.deciding) found.errors[*summary.deciding].decides = true;
  return found;
}

/// When it came; of what was there already, what its own line or the training bar's clock says.
std::optional<double> RunOutput::time_of(const LogPlace& place) const {
  if (place.arrived) return place.arrived;
  if (place.unix_seconds) return place.unix_seconds;
  if (!earlier_ || !place.elapsed_seconds) return std::nullopt;
  return earlier_->unix_seconds - (earlier_->elapsed_seconds - *place.elapsed_seconds);
}

LogErrorRecord RunOutput::record_of(const LogFinding& finding) const {
  return {.severity = severity_of(finding.level),
          .category = std::string{name_of(finding.category)},
          .message = finding.message,
          .exception = finding.exception,
          .traceback = finding.traceback,
          .chain = finding.chain,
          .unix_seconds = time_of(finding.first),
          .last_unix_seconds = time_of(finding.last),
          .line = static_cast<std::int64_t>(finding.first.line),
          .byte_offset = static_cast<std::int64_t>(finding.first.byte_offset),
          .step = finding.first.step,
          .last_line = static_cast<std::int64_t>(finding.last.line),
          .last_step = finding.last.step,
          .count = static_cast<std::int64_t>(finding.count),
          .requested = finding.figures.requested,
          .device_total = finding.figures.device_total,
          .device_free = finding.figures.device_free,
          .allocated = finding.figures.allocated,
          .reserved = finding.figures.reserved,
          .worker_pid = finding.worker_pid,
          .skipped_batch = finding.skipped_batch};
}

std::optional<OutputFileReading> read_output_file(const std::filesystem::path& file) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  if (failed || size == 0) return std::nullopt;
  RunOutput output{
      {.file = file.string(), .file_offset = static_cast<std::int64_t>(size), .earlier_offset = 0},
      "read_after_the_end",
      0};
  if (!output.has_source()) return std::nullopt;
  OutputFileReading reading{.verdict = output.verdict(), .errors = output.errors()};
  for (const auto& error : reading.errors.errors)
    if (error.decides) reading.deciding = error;
  return reading;
}

const LogErrorRecord* deciding_of(const std::vector<LogErrors>& streams) {
  const LogErrorRecord* worst = nullptr;
  for (const auto& stream : streams)
    for (const auto& error : stream.errors)
      if (error.decides && (worst == nullptr || error.severity > worst->severity)) worst = &error;
  return worst;
}

}  // namespace tidemark
