// Lines over time, drawn with characters: eight dots of a braille character in each cell, or one
// letter where there is no colour or only ASCII.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "live/frame.h"

namespace tidemark {

/// One line of the chart. Values are heights from 0 to 1.
struct ChartSeries {
  Ink ink = Ink::plain;
  char letter = '*';                                // what stands for it where there are no dots
  std::vector<std::pair<double, double>> points{};  // unix seconds and height, in time order
};

struct ChartSpace {
  std::size_t columns = 60;
  std::size_t rows = 8;
  double from = 0, to = 1;        // unix seconds
  double longest_gap = 15;        // points that are farther apart are not joined
  std::optional<double> limit{};  // a dashed line at this height
  bool dots = true;               // braille; else letters
};

/// `rows` lines of exactly `columns` cells. Where lines cross, the later one's ink shows. No point
/// is left out: of several in one column the line spans from the lowest to the highest.
std::vector<FrameLine> draw_chart(const std::vector<ChartSeries>& series, const ChartSpace& space);

}  // namespace tidemark
