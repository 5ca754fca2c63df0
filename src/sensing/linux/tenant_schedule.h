// When the machine's other processes are looked at. Pure: time comes in as an argument.
#pragma once

#include <chrono>
#include <optional>

#include "core/bytes.h"
#include "core/time.h"

namespace tidemark {

/// What a sample saw that may be news of other tenants.
struct TenantSigns {
  Bytes used{};            // of the machine
  Bytes total{};           // 0: not known
  bool event = false;      // a process of the run came or went
  bool elsewhere = false;  // the run came into another cgroup since the last scan
};

/// At the first sample, and when the run came into another cgroup, whose members nobody has looked
/// for; then once a minute at most, when something happened or `used` moved; every
/// ten minutes in any case. One exception: a jump of `used` by a twentieth of the machine is
/// looked at as soon as all scans together stay under their share of the time, since a tenant that
/// fills the machine within the minute is the one to be named.
class TenantSchedule {
 public:
  static constexpr std::chrono::seconds kSpacing{60};
  static constexpr std::chrono::minutes kAtLeastEvery{10};
  static constexpr std::chrono::seconds kShortestSpacing{5};
  static constexpr double kMovedRatio = 0.005;  // of the machine
  static constexpr double kJumpRatio = 0.05;
  static constexpr double kCostRatio = 0.0002;  // of one core

  /// Remembers an event until a scan has followed it.
  bool due(BootTime now, const TenantSigns& signs);
  void began(BootTime now, Bytes used);
  void ended(std::chrono::nanoseconds took) { took_ = took; }

 private:
  std::optional<BootTime> last_{};
  Bytes used_{};
  std::chrono::nanoseconds took_{};
  bool event_ = false;  // since the last scan
};

}  // namespace tidemark
