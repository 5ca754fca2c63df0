#include "live/memory_panel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "live/dot_chart.h"

namespace tidemark {
namespace {

constexpr std::size_t kAxisColumns = 10;
// A limit far above all that is shown would press the lines to the ground: it is then named only.
constexpr double kLimitInSight = 0.4;
constexpr double kAir = 1.1;  // above the highest value

using Pick = std::function<std::optional<Bytes>(const LivePoint&)>;

struct Line {
  std::string name{};
  Ink ink = Ink::plain;
  char letter = '*';
  std::vector<std::pair<double, double>> bytes{};
};

bool is_same(const PoolUse& a, const PoolUse& b) {
  return a.kind == b.kind && a.name == b.name && a.device_uid == b.device_uid;
}

/// `chosen`: as LiveView has it.
std::optional<PoolUse> chosen_pool(const LiveSnapshot& snapshot, std::size_t chosen) {
  if (!snapshot.last) return std::nullopt;
  const auto all = pools_of(*snapshot.last);
  if (chosen > 0 && chosen <= all.size()) return all[chosen - 1];
  const auto shown = shown_pools(snapshot);
  return shown.empty() ? std::nullopt : std::optional{shown.front()};
}

Line line_of(const LiveSnapshot& snapshot, std::string name, Ink ink, char letter,
             const Pick& pick) {
  Line line{std::move(name), ink, letter};
  for (const auto& point : snapshot.points) {
    const auto value = pick(point);
    if (value && std::isfinite(point.at))
      line.bytes.emplace_back(point.at, static_cast<double>(value->count));
  }
  return line;
}

/// The pool's own line last, so that it shows where lines cross.
std::vector<Line> lines_of(const LiveSnapshot& snapshot, const PoolUse& pool) {
  std::vector<Line> lines;
  const bool of_ram = pool.kind != PoolKind::gpu && pool.kind != PoolKind::shm;
  if (of_ram) {
    lines.push_back(line_of(snapshot, "swap", Ink::swap, 's', [](const LivePoint& point) {
      return point.swap && point.swap->count > 0 ? point.swap : std::nullopt;
    }));
    lines.push_back(line_of(snapshot, "workers", Ink::workers, 'w',
                            [](const LivePoint& point) { return point.workers; }));
    lines.push_back(line_of(snapshot, "main", Ink::main_process, 'm',
                            [](const LivePoint& point) { return point.main; }));
  }
  lines.push_back(line_of(
      snapshot, pool.name, Ink::pool, '*', [&pool](const LivePoint& point) -> std::optional<Bytes> {
        const auto found = std::ranges::find_if(
            point.pools, [&pool](const PoolUse& use) { return is_same(use, pool); });
        return found == point.pools.end() ? std::nullopt : std::optional{found->used};
      }));
  std::erase_if(lines, [](const Line& line) { return line.bytes.empty(); });
  return lines;
}

double highest_of(const std::vector<Line>& lines) {
  double highest = 0;
  for (const auto& line : lines)
    for (const auto& [at, bytes] : line.bytes) highest = std::max(highest, bytes);
  return highest;
}

/// "10m", "6h": windows are mostly whole.
std::string window_text(double seconds) {
  const auto whole = std::llround(seconds);
  if (whole % 3600 == 0) return fmt::format("{}h", whole / 3600);
  if (whole % 60 == 0) return fmt::format("{}m", whole / 60);
  return format_duration(seconds);
}

/// The time that the chart spans: of a run that is younger than the window no more than it has
/// lived.
double spanned_seconds(const LiveSnapshot& snapshot) {
  constexpr double kLeast = 60;
  const auto& anchor = snapshot.run.info.anchor;
  const double age = snapshot.until() - anchor.unix_seconds(anchor.boot);
  return std::min(snapshot.window_seconds, std::max(age, kLeast));
}

bool has_dots(const FrameStyle& style) {
  return style.utf8 && style.color;
}

FrameLine legend(const std::vector<Line>& lines, const PoolUse& pool, double window_seconds,
                 bool limit_in_sight, const FrameStyle& style) {
  FrameLine legend{{Ink::strong, fmt::format("Memory, last {}", window_text(window_seconds))}};
  for (auto line = lines.rbegin(); line != lines.rend(); ++line)
    legend.push_back(
        {line->ink, fmt::format("  {} {}", has_dots(style) ? "━" : std::string{line->letter},
                                printable(line->name, 30))});
  legend.push_back(
      {Ink::critical, fmt::format("  {} limit {}{}", has_dots(style) ? "┄" : "-",
                                  format_bytes(pool.limit), limit_in_sight ? "" : " (above)")});
  return cut_line(std::move(legend), style.columns);
}

std::string time_axis(const LiveSnapshot& snapshot, std::size_t columns) {
  const auto from = "-" + window_text(spanned_seconds(snapshot));
  const auto to = snapshot.run.end ? clock_text(snapshot.until()) : std::string{"now"};
  const auto used = from.size() + to.size();
  return from + std::string(columns > used ? columns - used : 1, ' ') + to;
}

/// The top, the middle and the ground are named.
std::string label_of(std::size_t row, std::size_t rows, double top) {
  if (row != 0 && row != rows / 2 && row + 1 != rows) return {};
  const double share = 1 - static_cast<double>(row) / static_cast<double>(rows - 1);
  return format_bytes(to_bytes(top * share));
}

}  // namespace

std::vector<FrameLine> memory_panel(const LiveSnapshot& snapshot, const LiveView& view,
                                    std::size_t lines, const FrameStyle& style) {
  const auto pool = chosen_pool(snapshot, view.pool);
  if (!pool || lines < kSmallestPanel || style.columns < 2 * kAxisColumns)
    return std::vector<FrameLine>(lines);
  const auto series = lines_of(snapshot, *pool);
  const auto limit = static_cast<double>(pool->limit.count);
  const double highest = highest_of(series);
  const bool in_sight = highest >= kLimitInSight * limit;
  const double top = std::max(kAir * highest, in_sight ? limit : 1.0);

  ChartSpace space{.columns = style.columns - kAxisColumns,
                   .rows = lines - 2,
                   .from = snapshot.until() - spanned_seconds(snapshot),
                   .to = snapshot.until(),
                   .longest_gap = 3 * snapshot.run.info.settings.sample_interval_seconds + 2,
                   .limit = in_sight ? std::optional{limit / top} : std::nullopt,
                   .dots = has_dots(style)};
  std::vector<ChartSeries> drawn;
  for (const auto& line : series) {
    drawn.push_back({line.ink, line.letter, line.bytes});
    for (auto& [at, value] : drawn.back().points) value /= top;
  }
  std::vector<FrameLine> panel{legend(series, *pool, snapshot.window_seconds, in_sight, style)};
  auto rows = draw_chart(drawn, space);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    FrameLine line{
        {Ink::dim, fmt::format("{:>8} {}", label_of(i, rows.size(), top), style.utf8 ? "│" : "|")}};
    for (auto& span : rows[i]) line.push_back(std::move(span));
    panel.push_back(std::move(line));
  }
  panel.push_back(
      {{Ink::dim, std::string(kAxisColumns, ' ') + time_axis(snapshot, space.columns)}});
  return panel;
}

}  // namespace tidemark
