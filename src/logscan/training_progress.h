// Where training stands, read from bars and step lines; what of them is worth parsing at disk
// speed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "logscan/bar_follower.h"
#include "logscan/bar_run.h"
#include "logscan/finding_store.h"
#include "logscan/logscan.h"
#include "logscan/step_line.h"

namespace tidemark {

class TrainingProgress {
 public:
  /// True where the line is one more drawing of the bar before: nothing else is to be read in it.
  bool takes_at_once(std::string_view line) { return run_.extends(line); }
  /// Parses the newest drawing that was taken at once. Before anything is dated.
  void catch_up();

  /// Takes the bars of a line off it: what stands before the first and behind the last.
  struct Around {
    std::string_view before{};
    std::string_view behind{};
    bool has_bar = false;
  };
  Around take_bars(std::string_view line);
  /// `lines`: so many like it came since the last call, of which it is the newest.
  void take_step_line(const StepLine& step, std::uint64_t lines = 1);
  /// Values on a line of their own: {'loss': ...}.
  void take_values(std::string_view line, std::uint64_t lines = 1);
  void take_finish() { ++progress_.finishes; }
  void take_ordinary_line() { ++progress_.ordinary_lines; }

  const Progress& progress() const { return progress_; }
  /// As printed last; a nameless bar that ran to its end with no sign of training was none.
  std::optional<std::int64_t> step() const;
  std::optional<std::int64_t> total() const;
  std::optional<double> elapsed_seconds() const { return shown_.elapsed_seconds; }
  std::optional<double> loss() const { return loss_; }
  std::optional<double> learning_rate() const { return learning_rate_; }
  std::optional<double> seconds_per_step() const { return shown_.seconds_per_step; }

 private:
  struct Shown {
    std::optional<std::int64_t> step{};
    std::optional<std::int64_t> total{};
    std::optional<double> elapsed_seconds{};
    std::optional<double> seconds_per_step{};
    bool by_bar = false;
  };

  void take_bar(const ProgressBar& bar);
  void take_loss(std::optional<double> loss, std::uint64_t steps);
  bool is_no_training() const;

  BarRun run_{};
  BarFollower follower_{};
  Progress progress_{};
  Shown shown_{};
  std::optional<double> loss_{};
  std::optional<double> learning_rate_{};
};

/// The drawings of bars in one line, at most so many of them.
inline constexpr int kMostBarsPerLine = 16;

}  // namespace tidemark
