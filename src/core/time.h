// Two clocks that cannot be mixed: one that orders, one that labels.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace tidemark {

struct Boot {};  // CLOCK_BOOTTIME: never steps back, goes on while the machine sleeps
struct Wall {};  // CLOCK_REALTIME: what calendars show, may be stepped by anyone

template <class Kind>
struct Time {
  std::int64_t ns = 0;
  friend constexpr auto operator<=>(Time, Time) = default;
  friend constexpr std::chrono::nanoseconds operator-(Time a, Time b) {
    return std::chrono::nanoseconds{a.ns - b.ns};
  }
  friend constexpr Time operator+(Time t, std::chrono::nanoseconds d) { return {t.ns + d.count()}; }
  friend constexpr Time operator-(Time t, std::chrono::nanoseconds d) { return {t.ns - d.count()}; }
};

using BootTime = Time<Boot>;
using WallTime = Time<Wall>;

constexpr double to_seconds(std::chrono::nanoseconds d) {
  return std::chrono::duration<double>(d).count();
}
constexpr std::chrono::nanoseconds from_seconds(double seconds) {
  return std::chrono::nanoseconds{static_cast<std::int64_t>(seconds * 1e9)};
}

/// The instant at which both clocks were read at the start of a run. A timestamp of the run is the
/// anchor's wall time plus the boot time passed since, so it never steps back within the run, and a
/// stepped wall clock shows as a difference instead of moving the samples.
struct ClockAnchor {
  BootTime boot{};
  WallTime wall{};

  /// Unix seconds of a boot-clock instant.
  double unix_seconds(BootTime at) const { return to_seconds((wall + (at - boot)) - WallTime{}); }
};

/// The clock is an argument: the real one lives in os/, tests pass one they can set.
struct Clock {
  virtual ~Clock() = default;
  virtual BootTime now() const = 0;
  virtual WallTime wall() const = 0;
};

}  // namespace tidemark
