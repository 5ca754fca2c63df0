#include "report/memory_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace tidemark {
namespace {

constexpr double kWidth = 900, kHeight = 260;
constexpr double kLeft = 60, kRight = 10, kTop = 10, kBottom = 24;

using Pick = std::function<std::optional<Bytes>(const SampleRow&)>;

struct Frame {
  double from = 0, to = 1;  // unix seconds
  double most = 1;          // bytes
  double x(double at) const {
    return kLeft + (at - from) / (to - from) * (kWidth - kLeft - kRight);
  }
  double y(double bytes) const { return kTop + (1 - bytes / most) * (kHeight - kTop - kBottom); }
};

std::optional<Bytes> pool_use(const SampleRow& sample, const PoolPeak& pool) {
  for (const auto& use : pools_of(sample))
    if (use.kind == pool.kind && use.index == pool.index) return use.used;
  return std::nullopt;
}

/// Gaps in what was measured are gaps in the line.
std::string line_of(const std::vector<SampleRow>& rows, const Frame& frame, const Pick& pick,
                    std::string_view style) {
  std::string path;
  bool drawing = false;
  for (const auto& row : rows) {
    const auto value = std::isfinite(row.unix_seconds) ? pick(row) : std::nullopt;
    if (value)
      path += fmt::format("{}{:.1f} {:.1f}", drawing ? "L" : "M", frame.x(row.unix_seconds),
                          frame.y(static_cast<double>(value->count)));
    drawing = value.has_value();
  }
  return path.empty() ? "" : fmt::format("<path class=\"{}\" d=\"{}\"/>", style, path);
}

std::string bands_of(const Report& report, const Frame& frame) {
  std::string bands;
  double began = 0;
  std::string open;
  for (const auto& [event, used] : report.events) {
    if (open.empty() && (event.type == "sampling_start" || event.type == "checkpoint_save_start")) {
      open = event.type.substr(0, event.type.size() - 6);
      began = event.unix_seconds;
    } else if (!open.empty() && event.type == open + "_end") {
      const double from = std::clamp(began, frame.from, frame.to);
      const double to = std::clamp(event.unix_seconds, frame.from, frame.to);
      bands +=
          fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>",
                      open, frame.x(from), kTop, std::max(frame.x(to) - frame.x(from), 1.0),
                      kHeight - kTop - kBottom);
      open.clear();
    }
  }
  return bands;
}

std::string axis_of(const Frame& frame) {
  std::string axis;
  for (int i = 0; i <= 4; ++i) {
    const double bytes = frame.most * i / 4;
    axis += fmt::format(
        "<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>"
        "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>",
        kLeft, kWidth - kRight, frame.y(bytes), kLeft - 6, frame.y(bytes) + 4,
        format_bytes(to_bytes(bytes)));
    const double at = frame.from + (frame.to - frame.from) * i / 4;
    axis += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"{}\">{}</text>", frame.x(at),
                        kHeight - 6, i == 4 ? "end" : "middle", format_duration(at - frame.from));
  }
  return axis;
}

}  // namespace

std::string memory_chart(const Report& report) {
  const auto& pool = report.analysis.summary.limiting_pool;
  const auto& rows = report.timeline;
  if (!pool || rows.size() < 2) return {};
  Frame frame{rows.front().unix_seconds, rows.back().unix_seconds,
              1.05 * static_cast<double>(std::max(pool->limit, pool->peak).count)};
  if (!(frame.to > frame.from) || frame.most <= 0) return {};
  const double limit = frame.y(static_cast<double>(pool->limit.count));
  auto svg = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Memory over time\">",
                         kWidth, kHeight);
  svg += bands_of(report, frame) + axis_of(frame);
  svg += fmt::format("<line class=\"limit\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>",
                     kLeft, kWidth - kRight, limit);
  svg += line_of(rows, frame, [&](const SampleRow& row) { return pool_use(row, *pool); }, "pool");
  if (pool->kind != PoolKind::gpu) {
    svg += line_of(rows, frame, [](const SampleRow& row) { return row.main_process; }, "main");
    svg += line_of(
        rows, frame,
        [](const SampleRow& row) {
          return row.worker_count.value_or(0) > 0 ? row.worker : std::nullopt;
        },
        "workers");
  }
  return svg + "</svg>";
}

}  // namespace tidemark
