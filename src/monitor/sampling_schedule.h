// When the next background sample is due. Pure: time comes in as an argument.
#pragma once

#include <chrono>
#include <optional>

#include "core/time.h"
#include "sensing/sensing.h"

namespace tidemark {

class SamplingSchedule {
 public:
  explicit SamplingSchedule(std::chrono::nanoseconds interval) : interval_(interval) {}

  /// How often the cheap look between samples is taken.
  static constexpr std::chrono::milliseconds kLookEvery{250};
  /// A climb by this share of the limit since the last sample makes the next one due at once, ...
  static constexpr double kClimbRatio = 0.005;
  /// ... and by at least this much, so that a small limit does not sample noise.
  static constexpr Bytes kClimbFloor = mib(16);
  /// ... as long as sampling stays under this share of wall time.
  static constexpr double kClimbCostRatio = 0.01;

  bool regular_due(BootTime now) const { return !last_ || now - *last_ >= interval_; }
  bool climb_due(BootTime now, const QuickLook& look) const;
  /// Whether one more sample now keeps under that share.
  bool may_sample(BootTime now) const;

  /// A sample was taken: at `at`, for `cost`, and a look at that moment saw `look`.
  void sampled(BootTime at, std::chrono::nanoseconds cost, std::optional<QuickLook> look);

  /// How long until something is due.
  std::chrono::nanoseconds until_next(BootTime now) const;

  /// Regular samples that were missed because the machine or the monitor stood still.
  std::uint64_t missed(BootTime now) const;

 private:
  std::chrono::nanoseconds interval_;
  std::optional<BootTime> last_{};
  std::chrono::nanoseconds last_cost_{};
  std::optional<QuickLook> last_look_{};
};

}  // namespace tidemark
