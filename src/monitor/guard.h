// What is done when memory runs short: the decision, without the doing. Pure: time and fullness
// come in as arguments.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "core/time.h"
#include "monitor/monitor.h"

namespace tidemark {

enum class GuardOrder : std::uint8_t {
  none,
  warn,       // the critical line was crossed, or will be within kAhead
  interrupt,  // the same, under `stop`: SIGINT, so that the trainer can save and leave
  terminate,  // it has not left within the grace time, and memory is short all the same: SIGTERM
};

class Guard {
 public:
  /// How long the memory must stay over the line: a spike that passes kills nobody's run.
  static constexpr std::chrono::seconds kSustained{1};
  /// After SIGINT the trainer has this long.
  static constexpr std::chrono::seconds kGrace{30};
  /// A climb that would use up all memory within this time counts as a crossing, once memory is
  /// over the warning line.
  static constexpr std::chrono::seconds kAhead{5};
  /// ... told by the looks of this time, at least half of which must be there.
  static constexpr std::chrono::seconds kLookBack{10};
  /// Below the critical line by this much a crossing is over, and the next one is news.
  static constexpr double kHysteresisRatio = 0.02;

  Guard(GuardPolicy policy, double warning_ratio, double critical_ratio)
      : policy_(policy), warning_ratio_(warning_ratio), critical_ratio_(critical_ratio) {}

  /// `fullness`: used / limit of the pool that is closest to its limit; absent: it could not be
  /// read. Each order is given once for each crossing, interrupt and terminate once for each run.
  GuardOrder look(std::optional<double> fullness, BootTime now);

 private:
  bool runs_short(double fullness, BootTime now);
  bool fills_up_soon(double fullness, BootTime now) const;

  GuardPolicy policy_;
  double warning_ratio_, critical_ratio_;
  std::deque<std::pair<BootTime, double>> looks_{};
  std::optional<BootTime> short_since_{}, interrupted_at_{};
  bool told_ = false;  // of this crossing
  bool terminated_ = false;
};

}  // namespace tidemark
