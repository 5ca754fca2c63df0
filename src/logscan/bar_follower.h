// Drawings of bars -> steps. Follows the one bar that most surely counts training steps.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "logscan/bar_kind.h"
#include "logscan/bar_values.h"
#include "logscan/logscan.h"
#include "telemetry/step.h"

namespace tidemark {

/// What is known of a position while it may still be drawn again.
struct OpenStep {
  StepRecord record{};
  /// The bar's first drawing, without values: nothing was done yet at this position.
  bool opening = false;
};

class BarFollower {
 public:
  /// A drawing. True when it moved the training bar on.
  bool see(const ProgressBar& drawn, double unix_seconds);
  /// Values from a line of their own ({'loss': ...}): they belong to where the bar stands.
  void see_values(const BarValues& values, double unix_seconds);
  /// The last position is complete, and a plain bar that nothing has replaced was the training bar.
  void finish();

  std::vector<StepRecord> take_steps();
  std::optional<std::int64_t> total_steps() const { return total_steps_; }
  std::optional<std::int64_t> last_step() const { return last_step_; }
  std::uint64_t dropped_steps() const { return dropped_steps_; }
  /// The followed bar as it was drawn last, and how often it was drawn.
  const ProgressBar& last_drawing() const { return bar_; }
  std::uint64_t drawings() const { return drawings_; }
  /// The followed bar has no sign of training of its own, and none was printed.
  bool is_doubtful() const { return kind_ == BarKind::plain && !confirmed_; }

 private:
  enum class Relation : std::uint8_t { foreign, replaces, same };

  bool is_glued_to_followed(const ProgressBar& bar) const;
  bool see_alone(const ProgressBar& bar, double unix_seconds);
  Relation relation_of(const ProgressBar& bar, BarKind kind) const;
  void follow(const ProgressBar& bar, BarKind kind, double unix_seconds);
  bool move_on(const ProgressBar& bar, double unix_seconds);
  void go_back(const ProgressBar& bar, double unix_seconds);
  void open(const ProgressBar& bar, double unix_seconds, bool is_first);
  void redraw(const ProgressBar& bar, double unix_seconds);
  void close_last();
  void close();
  void emit(const StepRecord& step);
  void release();
  void append(const StepRecord& step);
  bool is_finished() const;

  BarKind kind_ = BarKind::other;  // of the followed bar; other: none yet
  ProgressBar bar_{};              // its last drawing
  OpenStep step_{};
  std::int64_t offset_ = 0;                // steps of the epochs before
  std::optional<std::int64_t> highest_{};  // emitted
  std::optional<StepRecord> before_{};     // the position before this one, as it was closed
  // ai-toolkit sets the values first and then moves on: the count is of the steps before, and a
  // position's first drawing shows the values of the one before. Others move on and then set the
  // values.
  bool counts_steps_before_ = false;
  bool confirmed_ = false;  // a plain bar that {'loss': ...} lines say is the training bar
  std::optional<std::int64_t> total_steps_{};
  std::optional<std::int64_t> last_step_{};
  std::vector<StepRecord> held_{};  // a plain bar's, until it is known to be the training bar
  std::deque<StepRecord> steps_{};
  std::uint64_t dropped_steps_ = 0;
  std::uint64_t drawings_ = 0;
};

}  // namespace tidemark
