#include "logscan/training_progress.h"

#include <algorithm>
#include <cmath>

#include "logscan/progress_bar.h"

namespace tidemark {

void TrainingProgress::catch_up() {
  if (run_.pending().empty()) return;
  const auto found = find_progress_bar(run_.pending(), 0);
  run_.parsed();
  if (found) take_bar(found->bar);
}

TrainingProgress::Around TrainingProgress::take_bars(std::string_view line) {
  auto found = find_progress_bar(line, 0);
  if (!found) return {line, {}, false};
  catch_up();
  Around around{line.substr(0, found->clock), {}, true};
  int bars = 0;
  std::size_t end = 0;
  for (; found && bars < kMostBarsPerLine; ++bars) {
    take_bar(found->bar);
    end = found->end;
    found = find_progress_bar(line, end);
  }
  around.behind = line.substr(end);
  const bool whole = around.behind.find_first_not_of(' ') == std::string_view::npos;
  if (bars == 1 && whole)
    run_.begin(line);
  else
    run_.forget();
  return around;
}

void TrainingProgress::take_bar(const ProgressBar& bar) {
  const std::uint64_t drawings = follower_.drawings();
  const auto before = follower_.last_step();
  const bool moved = follower_.see(bar, 0);
  if (follower_.drawings() == drawings) return;  // another bar
  const auto now = follower_.last_step();
  const std::uint64_t steps = !moved ? 0
                              : before && now && *now > *before
                                  ? static_cast<std::uint64_t>(*now - *before)
                                  : 1;
  progress_.moves += before ? steps : std::min<std::uint64_t>(steps, 1);
  (void)follower_.take_steps();
  const ProgressBar& drawn = follower_.last_drawing();
  shown_ = {drawn.position, drawn.total, drawn.elapsed_seconds, bar.seconds_per_step, true};
  if (bar.learning_rate) learning_rate_ = bar.learning_rate;
  take_loss(bar.loss, steps);
}

void TrainingProgress::take_loss(std::optional<double> loss, std::uint64_t steps) {
  if (!loss) return;
  loss_ = loss;
  if (std::isfinite(*loss)) progress_.finite_losses += steps;
}

void TrainingProgress::take_step_line(const StepLine& step, std::uint64_t lines) {
  catch_up();
  const bool moved = !shown_.step || shown_.by_bar || *shown_.step != step.step;
  // Several ranks may print each step; a count that starts anew says nothing of how far it came.
  const bool rose = moved && shown_.step && !shown_.by_bar && step.step > *shown_.step;
  const std::uint64_t moves =
      rose ? std::min(lines, static_cast<std::uint64_t>(step.step - *shown_.step)) : lines;
  shown_ = {step.step, step.total, std::nullopt, std::nullopt, false};
  if (moved) progress_.moves += moves;
  if (step.learning_rate) learning_rate_ = step.learning_rate;
  take_loss(step.loss, lines);
}

void TrainingProgress::take_values(std::string_view line, std::uint64_t lines) {
  const BarValues values = parse_bar_values(line);
  if (values.empty()) return;
  catch_up();
  follower_.see_values(values, 0);
  if (values.learning_rate) learning_rate_ = values.learning_rate;
  take_loss(values.loss, lines);
}

bool TrainingProgress::is_no_training() const {
  return shown_.by_bar && follower_.is_doubtful() && shown_.total && shown_.step >= *shown_.total;
}

std::optional<std::int64_t> TrainingProgress::step() const {
  return is_no_training() ? std::nullopt : shown_.step;
}

std::optional<std::int64_t> TrainingProgress::total() const {
  return is_no_training() ? std::nullopt : shown_.total;
}

}  // namespace tidemark
