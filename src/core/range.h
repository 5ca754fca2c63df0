// A quantity that is known only between two bounds. Interval arithmetic keeps the bounds honest;
// `likely` is carried along and is always between them.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "core/bytes.h"

namespace tidemark {

struct Range {
  double low = 0, likely = 0, high = 0;

  static constexpr Range exactly(double value) { return {value, value, value}; }
  static constexpr Range of(Bytes value) { return exactly(static_cast<double>(value.count)); }

  friend constexpr Range operator+(Range a, Range b) {
    return {a.low + b.low, a.likely + b.likely, a.high + b.high};
  }
  friend constexpr Range operator-(Range a, Range b) {
    return {a.low - b.high, a.likely - b.likely, a.high - b.low};
  }
  /// Either side may be negative.
  friend constexpr Range operator*(Range a, Range b) {
    const std::array corners{a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high};
    const double least = std::ranges::min(corners), most = std::ranges::max(corners);
    return {least, std::clamp(a.likely * b.likely, least, most), most};
  }
  friend constexpr Range operator*(Range a, double factor) { return a * exactly(factor); }
  friend constexpr bool operator==(Range, Range) = default;
};

/// The larger of two quantities, bound by bound.
constexpr Range larger_of(Range a, Range b) {
  return {std::max(a.low, b.low), std::max(a.likely, b.likely), std::max(a.high, b.high)};
}

constexpr Range at_least(Range range, double floor) {
  return larger_of(range, Range::exactly(floor));
}

/// The nearest count of bytes; no machine holds 2^62.
inline Bytes to_bytes(double count) {
  constexpr double kMost = 4611686018427387904.0;
  return {static_cast<std::int64_t>(std::llround(std::clamp(count, -kMost, kMost)))};
}

}  // namespace tidemark
