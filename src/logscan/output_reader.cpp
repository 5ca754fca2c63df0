#include "logscan/bar_follower.h"
#include "logscan/line_splitter.h"
#include "logscan/logscan.h"
#include "logscan/output_phases.h"
#include "logscan/progress_bar.h"

namespace tidemark {
namespace {

/// A glued bar is followed by another, or by the beginning of a traceback.
constexpr int kMostBarsPerLine = 16;

}  // namespace

struct OutputReader::State {
  LineSplitter lines{};
  BarFollower steps{};
  OutputPhases phases{};

  void take_line(std::string_view line, double unix_seconds) {
    const bool drawn = take_bars(line, unix_seconds);
    if (!drawn) phases.see_line(line, unix_seconds);
    // transformers prints what it logs as a Python dictionary.
    if (!drawn && line.starts_with("{'")) steps.see_values(parse_bar_values(line), unix_seconds);
  }

  bool take_bars(std::string_view line, double unix_seconds) {
    std::size_t from = 0;
    for (int i = 0; i < kMostBarsPerLine; ++i) {
      const auto found = find_progress_bar(line, from);
      if (!found) break;
      steps.see(found->bar, unix_seconds);
      phases.see_bar(found->bar, unix_seconds);
      from = found->end;
    }
    return from > 0;
  }
};

OutputReader::OutputReader() : state_(std::make_unique<State>()) {}
OutputReader::OutputReader(OutputReader&&) noexcept = default;
OutputReader& OutputReader::operator=(OutputReader&&) noexcept = default;
OutputReader::~OutputReader() = default;

void OutputReader::feed(std::string_view bytes, double unix_seconds) {
  const auto on_line = [this](std::string_view line, double since) {
    state_->take_line(line, since);
  };
  state_->lines.feed(bytes, unix_seconds, on_line);
  // A bar ends with its bracket; the carriage return that ends its line comes with the next
  // drawing. Seeing it now and again then is the same as a redrawing.
  const std::string_view pending = state_->lines.pending();
  if (pending.ends_with(']')) state_->take_bars(pending, state_->lines.pending_since());
}

void OutputReader::finish() {
  state_->lines.finish(
      [this](std::string_view line, double since) { state_->take_line(line, since); });
  state_->steps.finish();
}

std::vector<StepRecord> OutputReader::take_steps() {
  return state_->steps.take_steps();
}
std::vector<OutputPhase> OutputReader::take_phases() {
  return state_->phases.take();
}
std::uint64_t OutputReader::dropped_steps() const {
  return state_->steps.dropped_steps();
}
std::optional<std::int64_t> OutputReader::total_steps() const {
  return state_->steps.total_steps();
}
std::optional<std::int64_t> OutputReader::last_step() const {
  return state_->steps.last_step();
}

}  // namespace tidemark
