#include "logscan/bar_follower.h"

#include <algorithm>
#include <cmath>

namespace tidemark {
namespace {

// Nobody takes them for this long: then the newest are the ones worth keeping.
constexpr std::size_t kMostSteps = 65'536;
// However often a hostile bar claims to have finished its 2^53 steps, the sum stays a number.
constexpr std::int64_t kFurthest = std::int64_t{1} << 60;
// A bar without any sign that has counted so far, or for so long, is taken for the training bar.
constexpr std::size_t kMostHeld = 256;
constexpr double kLongestHeldSeconds = 300;

bool has_values(const ProgressBar& bar) {
  return bar.loss || bar.learning_rate || bar.gradient_norm;
}

/// tqdm shows "?" for its rate until the count has changed: also a resumed bar is known by it.
bool has_not_moved(const ProgressBar& bar) {
  const bool rate_unknown = !bar.unit.empty() && !bar.seconds_per_step;
  return bar.position == 0 || rate_unknown;
}

/// NaN equals NaN here: the same digits were drawn.
bool same_number(const std::optional<double>& a, const std::optional<double>& b) {
  if (a.has_value() != b.has_value() || !a) return a.has_value() == b.has_value();
  return *a == *b || (std::isnan(*a) && std::isnan(*b));
}

bool same_values(const StepRecord& a, const StepRecord& b) {
  return same_number(a.loss, b.loss) && same_number(a.learning_rate, b.learning_rate) &&
         same_number(a.gradient_norm, b.gradient_norm);
}

/// The bar's clock began anew. Interleaved writers are a second or two apart: that is no new start.
bool clock_restarted(const ProgressBar& before, const ProgressBar& now) {
  if (!before.elapsed_seconds || !now.elapsed_seconds) return now.position * 2 <= before.position;
  return *now.elapsed_seconds * 2 < *before.elapsed_seconds || *before.elapsed_seconds == 0;
}

}  // namespace

bool BarFollower::is_finished() const {
  // A bar that clears itself at its end was drawn last a little before it.
  return !bar_.total || bar_.position >= *bar_.total - *bar_.total / 10;
}

BarFollower::Relation BarFollower::relation_of(const ProgressBar& bar, BarKind kind) const {
  if (kind_ == BarKind::other) return Relation::replaces;
  const bool same_total = bar.total == bar_.total;
  const bool same_name = same_but_for_numbers(bar.description, bar_.description);
  if (same_total && (same_name || kind == kind_)) return Relation::same;
  if (kind != kind_) return kind > kind_ ? Relation::replaces : Relation::foreign;
  if (kind == BarKind::plain)
    return is_finished() && !confirmed_ ? Relation::replaces : Relation::foreign;
  if (same_name || (is_finished() && bar.position == 0)) return Relation::same;
  // Nested bars: the inner one counts the steps, and it is usually the longer one.
  return bar.total > bar_.total ? Relation::replaces : Relation::foreign;
}

/// A print without a newline stands before the bar on its line: "Saving...steps".
bool BarFollower::is_glued_to_followed(const ProgressBar& bar) const {
  return kind_ != BarKind::other && bar.total == bar_.total && !bar_.description.empty() &&
         bar.description.size() > bar_.description.size() &&
         bar.description.ends_with(bar_.description);
}

bool BarFollower::see(const ProgressBar& drawn, double unix_seconds) {
  if (!is_glued_to_followed(drawn)) return see_alone(drawn, unix_seconds);
  ProgressBar bar = drawn;
  bar.description = bar_.description;
  return see_alone(bar, unix_seconds);
}

bool BarFollower::see_alone(const ProgressBar& bar, double unix_seconds) {
  const BarKind kind = kind_of(bar);
  if (kind == BarKind::other) return false;
  const Relation relation = relation_of(bar, kind);
  if (relation == Relation::foreign) return false;
  ++drawings_;
  if (relation == Relation::replaces) {
    follow(bar, kind, unix_seconds);
    return true;
  }
  kind_ = std::max(kind, kind_);
  if (bar.position > bar_.position) return move_on(bar, unix_seconds);
  if (bar.position < bar_.position) {
    go_back(bar, unix_seconds);
    return false;
  }
  redraw(bar, unix_seconds);
  return false;
}

void BarFollower::follow(const ProgressBar& bar, BarKind kind, double unix_seconds) {
  kind_ = kind;
  offset_ = 0;
  highest_.reset();
  before_.reset();
  held_.clear();
  counts_steps_before_ = false;
  confirmed_ = false;
  open(bar, unix_seconds, true);
}

void BarFollower::open(const ProgressBar& bar, double unix_seconds, bool is_first) {
  step_ = {};
  step_.opening = is_first && !has_values(bar);
  if (is_first && has_values(bar) && has_not_moved(bar)) counts_steps_before_ = true;
  step_.record.step = offset_ + bar.position;
  step_.record.unix_seconds = unix_seconds;
  step_.record.source = StepSource::bar;
  last_step_ = step_.record.step;
  if (bar.total) total_steps_ = offset_ + *bar.total;
  bar_ = bar;
  redraw(bar, unix_seconds);
}

void BarFollower::redraw(const ProgressBar& bar, double unix_seconds) {
  StepRecord drawn = step_.record;
  if (bar.loss) drawn.loss = bar.loss;
  if (bar.learning_rate) drawn.learning_rate = bar.learning_rate;
  if (bar.gradient_norm) drawn.gradient_norm = bar.gradient_norm;
  drawn.total_steps = bar.total ? std::optional{offset_ + *bar.total} : std::nullopt;
  if (!same_values(drawn, step_.record)) drawn.unix_seconds = unix_seconds;
  if (bar.seconds_per_step) drawn.step_time_seconds = bar.seconds_per_step;
  if (step_.opening && has_values(bar)) {
    step_.opening = false;
    counts_steps_before_ = true;
  }
  step_.record = drawn;
  bar_.elapsed_seconds = bar.elapsed_seconds;
  bar_.description = bar.description;
}

bool BarFollower::move_on(const ProgressBar& bar, double unix_seconds) {
  const std::int64_t moved = bar.position - bar_.position;
  const double since = unix_seconds - step_.record.unix_seconds;
  close();
  open(bar, unix_seconds, false);
  if (!step_.record.step_time_seconds && since > 0)
    step_.record.step_time_seconds = since / static_cast<double>(moved);
  return true;
}

void BarFollower::go_back(const ProgressBar& bar, double unix_seconds) {
  if (!clock_restarted(bar_, bar)) return;  // drawn late, or by another rank
  const bool next_epoch = is_finished() || bar.description != bar_.description;
  close_last();
  if (next_epoch) offset_ = std::min(offset_ + bar_.total.value_or(bar_.position), kFurthest);
  before_.reset();
  open(bar, unix_seconds, true);
}

void BarFollower::see_values(const BarValues& values, double unix_seconds) {
  if (kind_ == BarKind::other || values.empty()) return;
  if (kind_ == BarKind::plain && !confirmed_) {
    confirmed_ = true;
    release();
  }
  if (kind_ == BarKind::measured) return;  // the bar's own values are the step's; these are a mean
  StepRecord& record = step_.record;
  record.loss = values.loss ? values.loss : record.loss;
  record.learning_rate = values.learning_rate ? values.learning_rate : record.learning_rate;
  record.gradient_norm = values.gradient_norm ? values.gradient_norm : record.gradient_norm;
  record.unix_seconds = unix_seconds;
}

void BarFollower::close() {
  if (!step_.opening) emit(step_.record);
  before_ = step_.record;
}

void BarFollower::close_last() {
  // The last drawing of a bar that counts the steps before shows the values of the step before.
  const bool repeated = counts_steps_before_ && before_ && same_values(*before_, step_.record);
  if (!repeated && kind_ != BarKind::other) close();
  step_.opening = true;  // said once
}

void BarFollower::emit(const StepRecord& step) {
  if (highest_ && step.step <= *highest_) return;
  highest_ = step.step;
  if (kind_ == BarKind::plain && !confirmed_) {
    held_.push_back(step);
    const double held_seconds = step.unix_seconds - held_.front().unix_seconds;
    if (held_.size() >= kMostHeld || held_seconds >= kLongestHeldSeconds) {
      confirmed_ = true;
      release();
    }
    return;
  }
  release();
  append(step);
}

void BarFollower::append(const StepRecord& step) {
  steps_.push_back(step);
  if (steps_.size() <= kMostSteps) return;
  steps_.pop_front();
  ++dropped_steps_;
}

void BarFollower::release() {
  for (const auto& step : held_) append(step);
  held_.clear();
}

void BarFollower::finish() {
  close_last();
  release();
}

std::vector<StepRecord> BarFollower::take_steps() {
  std::vector<StepRecord> taken{steps_.begin(), steps_.end()};
  steps_.clear();
  return taken;
}

}  // namespace tidemark
