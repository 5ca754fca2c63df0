#include "analysis/growth_tracker.h"

#include <cmath>

namespace tidemark {
namespace {

constexpr std::size_t kMostPoints = 2048;
constexpr std::size_t kFewestPoints = 8;

}  // namespace

void GrowthTracker::add(double at, std::optional<Bytes> held) {
  if (!held || !std::isfinite(at)) return;
  if (++skipped_ < stride_) return;
  skipped_ = 0;
  points_.push_back({at, *held});
  if (points_.size() < kMostPoints) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < points_.size(); i += 2) points_[kept++] = points_[i];
  points_.resize(kept);
  stride_ *= 2;
}

std::optional<Bytes> GrowthTracker::in_last_quarter_before(double at) const {
  if (points_.empty()) return std::nullopt;
  const double from = points_.front().at + (at - points_.front().at) * 0.75;
  std::optional<Bytes> early, late;
  std::size_t count = 0;
  for (const auto& point : points_) {
    if (point.at > at) break;
    if (point.at <= from) early = point.held;
    late = point.held;
    ++count;
  }
  if (!early || !late || count < kFewestPoints) return std::nullopt;
  return *late - *early;
}

}  // namespace tidemark
