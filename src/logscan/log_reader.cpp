#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "logscan/classify.h"
#include "logscan/finding_store.h"
#include "logscan/line_head.h"
#include "logscan/line_splitter.h"
#include "logscan/log_state.h"
#include "logscan/logscan.h"
#include "logscan/masking.h"
#include "logscan/memory_figures.h"
#include "logscan/primary.h"
#include "logscan/traceback_reader.h"
#include "logscan/training_progress.h"

namespace tidemark {

LogReader::LogReader(std::int64_t utc_offset_seconds)
    : state_(std::make_unique<State>(utc_offset_seconds)) {}
LogReader::LogReader(LogReader&&) noexcept = default;
LogReader& LogReader::operator=(LogReader&&) noexcept = default;
LogReader::~LogReader() = default;

void LogReader::feed(std::string_view bytes, std::optional<double> arrived) {
  state_->feed(bytes, arrived);
}

std::uint64_t LogReader::errors_seen() const {
  return state_->errors_seen();
}
std::uint64_t LogReader::bytes() const {
  return state_->bytes();
}
std::uint64_t LogReader::lines() const {
  return state_->lines();
}
std::optional<std::int64_t> LogReader::last_step() const {
  return state_->last_step();
}
std::vector<StepRecord> LogReader::take_line_steps() {
  return state_->take_line_steps();
}

OutputVerdict LogReader::verdict() const {
  State at_end = *state_;
  return std::move(at_end).finish_verdict();
}

LogSummary LogReader::summary() const {
  State at_end = *state_;
  return std::move(at_end).finish();
}

}  // namespace tidemark
