#include "analysis/trend.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace tidemark {
namespace {

constexpr std::size_t kMostPoints = 128;
constexpr std::size_t kFewestPoints = 8;
// What slows to less than this share of its slope levels off.
constexpr double kLastingShare = 0.4;

struct Point {
  double at = 0, value = 0;
};

/// The median of the slopes between all pairs, with Kendall's 95% interval (P. K. Sen, "Estimates
/// of the regression coefficient based on Kendall's tau", 1968): outliers do not move it.
Range slope_of(std::span<const Point> points) {
  std::vector<double> slopes;
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t k = i + 1; k < points.size(); ++k)
      if (points[k].at > points[i].at)
        slopes.push_back((points[k].value - points[i].value) / (points[k].at - points[i].at));
  if (slopes.empty()) return {};
  std::ranges::sort(slopes);
  const auto n = static_cast<double>(points.size());
  const double spread = 1.96 * std::sqrt(n * (n - 1) * (2 * n + 5) / 18);
  const auto count = static_cast<double>(slopes.size());
  const auto at = [&](double index) {
    return slopes[static_cast<std::size_t>(std::clamp(index, 0.0, count - 1))];
  };
  return {at((count - spread) / 2 - 1), at(count / 2), at((count + spread) / 2)};
}

}  // namespace

void Trend::add(double at, double value) {
  if (!std::isfinite(at) || !std::isfinite(value)) return;
  if (taken_ > 0 && taken_ < stretch_) {
    if (value < lows_.back().value) lows_.back() = {at, value};
    ++taken_;
    return;
  }
  if (lows_.size() == kMostPoints) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i + 1 < lows_.size(); i += 2)
      lows_[kept++] = lows_[i].value <= lows_[i + 1].value ? lows_[i] : lows_[i + 1];
    lows_.resize(kept);
    stretch_ *= 2;
  }
  lows_.push_back({at, value});
  taken_ = 1;
}

std::optional<Growth> Trend::growth_from(double from) const {
  std::vector<Point> points;
  for (const auto& low : lows_)
    if (low.at >= from) points.push_back({low.at, low.value});
  if (points.size() < kFewestPoints) return std::nullopt;
  const std::span all{points};
  const auto half = all.subspan(all.size() / 2);
  Growth growth{.bytes_per_second = slope_of(all),
                .seconds = points.back().at - points.front().at,
                .points = static_cast<std::int64_t>(points.size())};
  growth.grown = to_bytes(growth.bytes_per_second.likely * growth.seconds);
  growth.lasting = growth.bytes_per_second.low > 0 &&
                   slope_of(half).likely >= kLastingShare * growth.bytes_per_second.likely;
  return growth;
}

}  // namespace tidemark
