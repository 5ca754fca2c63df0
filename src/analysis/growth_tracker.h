// What the main process gained lately, from a bounded number of points.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/bytes.h"

namespace tidemark {

class GrowthTracker {
 public:
  void add(double at, std::optional<Bytes> held);
  /// From three quarters of the time between the first point and `at`, until then. Absent: too few
  /// points.
  std::optional<Bytes> in_last_quarter_before(double at) const;

 private:
  struct Point {
    double at = 0;
    Bytes held{};
  };
  std::vector<Point> points_{};
  std::size_t stride_ = 1;  // every so many samples one point is kept
  std::size_t skipped_ = 0;
};

}  // namespace tidemark
