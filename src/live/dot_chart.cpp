#include "live/dot_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

namespace tidemark {
namespace {

struct Cell {
  unsigned dots = 0;   // braille: the low byte of its code point
  char letter = '\0';  // ASCII
  Ink ink = Ink::plain;
};

struct Dot {
  int x = 0, y = 0;  // y counts downwards
};

/// Which bit of U+2800 stands for the dot in column `x` (0, 1) and row `y` (0 to 3).
unsigned braille_bit(int x, int y) {
  constexpr unsigned kBits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  return kBits[y][x];
}

std::string braille(unsigned dots) {
  const unsigned code = 0x2800U + dots;
  return {static_cast<char>(0xE0U | (code >> 12U)),
          static_cast<char>(0x80U | ((code >> 6U) & 0x3FU)),
          static_cast<char>(0x80U | (code & 0x3FU))};
}

class Canvas {
 public:
  explicit Canvas(const ChartSpace& space)
      : space_(space),
        cell_width_(space.dots ? 2 : 1),
        cell_height_(space.dots ? 4 : 1),
        width_(static_cast<int>(space.columns) * cell_width_),
        height_(static_cast<int>(space.rows) * cell_height_),
        cells_(space.columns * space.rows) {}

  int width() const { return width_; }

  Dot dot_of(double at, double value) const {
    const double share = (at - space_.from) / (space_.to - space_.from);
    return {static_cast<int>(std::lround(share * (width_ - 1))), row_of(value)};
  }
  int row_of(double value) const {
    return static_cast<int>(std::lround((1 - std::clamp(value, 0.0, 1.0)) * (height_ - 1)));
  }

  void put(Dot dot, Ink ink, char letter) {
    if (dot.x < 0 || dot.x >= width_ || dot.y < 0 || dot.y >= height_) return;
    auto& cell = cells_[static_cast<std::size_t>(dot.y / cell_height_) * space_.columns +
                        static_cast<std::size_t>(dot.x / cell_width_)];
    if (space_.dots) cell.dots |= braille_bit(dot.x % cell_width_, dot.y % cell_height_);
    cell.letter = letter;
    cell.ink = ink;
  }

  /// Every column between the two gets its dots, joined upright, so that the line has no holes.
  void join(Dot from, Dot to, Ink ink, char letter) {
    const int columns = to.x - from.x;
    int y = from.y;
    for (int x = std::max(from.x, -1); x <= std::min(to.x, width_); ++x) {
      const double share = columns == 0 ? 1 : static_cast<double>(x - from.x) / columns;
      const int next = static_cast<int>(std::lround(from.y + share * (to.y - from.y)));
      for (int row = std::min(y, next); row <= std::max(y, next); ++row) put({x, row}, ink, letter);
      y = next;
    }
  }

  std::vector<FrameLine> lines() const {
    std::vector<FrameLine> lines(space_.rows);
    for (std::size_t row = 0; row < space_.rows; ++row)
      for (std::size_t column = 0; column < space_.columns; ++column)
        append(lines[row], cells_[row * space_.columns + column]);
    return lines;
  }

 private:
  void append(FrameLine& line, const Cell& cell) const {
    const auto text = cell.letter == '\0' ? std::string{" "}
                      : space_.dots       ? braille(cell.dots)
                                          : std::string{cell.letter};
    if (line.empty() || line.back().ink != cell.ink) line.push_back({cell.ink, ""});
    line.back().text += text;
  }

  const ChartSpace& space_;
  int cell_width_, cell_height_;
  int width_, height_;  // in dots
  std::vector<Cell> cells_;
};

void draw_limit(Canvas& canvas, double limit, bool dots) {
  const int row = canvas.row_of(limit);
  for (int x = 0; x < canvas.width(); ++x)
    if (!dots || x % 4 < 2) canvas.put({x, row}, Ink::critical, '-');
}

void draw_line(Canvas& canvas, const ChartSeries& series, double longest_gap) {
  std::optional<std::pair<double, double>> before;
  for (const auto& point : series.points) {
    const auto dot = canvas.dot_of(point.first, point.second);
    if (before && point.first - before->first <= longest_gap)
      canvas.join(canvas.dot_of(before->first, before->second), dot, series.ink, series.letter);
    else
      canvas.put(dot, series.ink, series.letter);
    before = point;
  }
}

}  // namespace

std::vector<FrameLine> draw_chart(const std::vector<ChartSeries>& series, const ChartSpace& space) {
  Canvas canvas{space};
  if (!(space.to > space.from) || space.columns == 0 || space.rows == 0) return canvas.lines();
  if (space.limit) draw_limit(canvas, *space.limit, space.dots);
  for (const auto& one : series) draw_line(canvas, one, space.longest_gap);
  return canvas.lines();
}

}  // namespace tidemark
