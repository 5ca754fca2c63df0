// Does a series grow for good? Private to analysis.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "analysis/run_shape.h"

namespace tidemark {

/// Keeps the low point of each stretch of time; stretches double when there are too many.
class Trend {
 public:
  /// In time order.
  void add(double at, double value);
  /// Over the points from `from` on. Absent: too few.
  std::optional<Growth> growth_from(double from) const;

 private:
  struct Low {
    double at = 0, value = 0;
  };
  std::vector<Low> lows_{};
  std::size_t stretch_ = 1;  // samples in each
  std::size_t taken_ = 0;    // into the last one
};

}  // namespace tidemark
