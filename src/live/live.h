// The live view of one run: what is known of it now (a snapshot), and that as lines for a terminal
// (a frame). Reading is apart from showing: `LiveReader` asks the store for what is new, frames are
// pure functions of a snapshot and of what the user chose to see.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "analysis/analysis.h"
#include "core/result.h"
#include "live/frame.h"
#include "report/report.h"
#include "store/store.h"
#include "telemetry/pools.h"

namespace tidemark {

/// One sample as the chart shows it.
struct LivePoint {
  double at = 0;  // unix seconds
  std::vector<PoolUse> pools{};
  std::optional<Bytes> main{}, workers{}, swap{};
};

/// How far the run is and how fast it goes, by its newest steps.
struct LiveSteps {
  std::int64_t last = 0;
  double last_at = 0;  // unix seconds
  std::optional<std::int64_t> total{};
  std::optional<double> per_second{};       // over the newest steps, five minutes at most
  std::optional<double> seconds_left{};     // at that rate
  std::optional<double> loss{};             // NaN and infinity as they are
  std::optional<double> mean_loss{};        // of the newest steps, those that are numbers
  std::vector<double> losses{};             // of the newest steps, finite ones, in order
  std::optional<double> data_wait_ratio{};  // share of the time between steps, 0..1
  std::optional<double> learning_rate{};
  std::optional<std::int64_t> batch_size{};
  StepSource source = StepSource::hook;
};
/// `steps`: the newest, by number. Absent: there are none.
std::optional<LiveSteps> summarize_steps(const std::vector<StepRecord>& steps);

/// What the analysis says of the run so far.
struct LiveVerdict {
  double as_of = 0;  // unix seconds
  Health health = Health::good;
  std::string sentence{};
  std::optional<PoolPeak> pool{};
  std::vector<LogError> log_errors{};  // the last ones
  double cost_seconds = 0;             // what finding it out took
};

/// A run that can be turned to.
struct LiveChoice {
  RunKey run{};
  std::string name{};
  friend bool operator==(const LiveChoice& a, const LiveChoice& b) {
    return a.run.job_id == b.run.job_id && a.run.number == b.run.number;
  }
};

struct LiveSnapshot {
  double now = 0;  // unix seconds
  StoredRun run{};
  RunStatus status = RunStatus::unknown;
  std::optional<LiveVerdict> verdict{};
  std::optional<SampleRow> last{};  // the newest sample
  std::vector<LivePoint> points{};  // of the window, in time order
  double window_seconds = 600;
  std::optional<LiveSteps> steps{};
  std::vector<StoredEvent> events{};  // the newest, in time order
  std::vector<LiveChoice> choices{};  // the runs that go on, the newest first
  std::string problem{};              // why this is not the newest; empty: it is
  /// Where the chart's time ends: now, for a run that has ended at its end.
  double until() const { return run.end ? run.end->unix_seconds : now; }
};

/// One object, for programs. Numbers that are not finite are null.
std::string live_json(const LiveSnapshot& snapshot);

/// Which run is looked at.
struct LiveTarget {
  std::string job_id{};                  // empty: what runs, the newest of several
  std::optional<std::int64_t> number{};  // absent: the job's newest run
  friend bool operator==(const LiveTarget&, const LiveTarget&) = default;
};

struct LiveSources {
  // For reading; asked from another thread too. What is read ends early once it is asked to stop.
  std::function<Result<Store>(std::stop_token)> open{};
  std::function<std::optional<Unended>(const StoredRun&)> unended{};
  std::function<double()> unix_now{};
};

/// Keeps what was read and asks for the rest. The analysis of the whole run, which costs the more
/// the longer the run is, is made on a thread of its own and at most a small share of the time.
class LiveReader {
 public:
  LiveReader(Store store, LiveSources sources);
  LiveReader(const LiveReader&) = delete;
  LiveReader& operator=(const LiveReader&) = delete;
  /// Stops an analysis that is being made: whoever leaves does not wait for it.
  ~LiveReader() { leaving_.request_stop(); }

  void look_at(LiveTarget target);
  void set_window(double seconds);

  /// Brings the snapshot up to date: a few short queries, and those only when another program has
  /// written. An error of the store stands in its `problem` beside what was known before; it is
  /// returned only where nothing is known yet. `wait_for_verdict`: for who looks once.
  Result<void> read(bool wait_for_verdict = false);
  /// Of the run that was read last; empty before.
  const LiveSnapshot& snapshot() const { return known_; }

 private:
  Result<void> refresh();
  Result<StoredRun> find_run();
  Result<void> refresh_points();
  void refresh_verdict(bool wait);
  void forget();

  Store store_;
  LiveSources sources_;
  LiveTarget target_{};
  LiveSnapshot known_{};
  bool any_ = false;                       // `known_` is of a run
  std::optional<std::int64_t> version_{};  // of the store when it was read
  bool has_points_ = false;                // `known_.points` covers the window
  RunKey judging_{};
  std::stop_source leaving_{};
  std::future<Result<LiveVerdict>> verdict_{};
  double next_verdict_at_ = 0;
  bool verdict_is_old_ = true;  // rows came since it was begun
};

/// What the user chose to see.
struct LiveView {
  double window_seconds = 600;
  std::size_t pool = 0;  // 0: the limiting pool, else the n-th of the newest sample
  bool paused = false;
  bool help = false;
  bool picking = false;
  std::size_t picked = 0;  // the line that the picker is at
  bool quit = false;
  bool keys = true;  // the last line names them
};
enum class LiveKey : std::uint8_t { none, left, right, up, down, enter, escape, tab };
/// A key, or a character.
struct LiveInput {
  LiveKey key = LiveKey::none;
  char character = '\0';
};
struct LiveStep {
  LiveView view{};
  std::optional<LiveChoice> turned_to{};  // the user chose another run
};
/// What a key does.
LiveStep apply_input(LiveView view, LiveInput input, const LiveSnapshot& snapshot);

struct FrameOptions {
  std::size_t columns = 80;
  std::size_t rows = 24;
  bool utf8 = true;   // else every character is ASCII, those of the run's own texts too
  bool color = true;  // else what only a colour would tell is told by letters
};
/// At most `rows` lines of at most `columns` columns.
Frame build_frame(const LiveSnapshot& snapshot, const LiveView& view, const FrameOptions& options);

}  // namespace tidemark
