#include "monitor/sampling_schedule.h"

#include <algorithm>

namespace tidemark {

bool SamplingSchedule::may_sample(BootTime now) const {
  if (!last_) return true;
  const auto pause = std::max<std::chrono::nanoseconds>(
      kLookEvery, std::chrono::nanoseconds{static_cast<std::int64_t>(
                      static_cast<double>(last_cost_.count()) / kClimbCostRatio)});
  return now - *last_ >= pause;
}

bool SamplingSchedule::climb_due(BootTime now, const QuickLook& look) const {
  if (!last_ || !last_look_ || look.limit.count <= 0 || !may_sample(now)) return false;
  const Bytes climbed = look.used - last_look_->used;
  return climbed >= kClimbFloor && ratio(climbed, look.limit) >= kClimbRatio;
}

void SamplingSchedule::sampled(BootTime at, std::chrono::nanoseconds cost,
                               std::optional<QuickLook> look) {
  last_ = at;
  last_cost_ = cost;
  last_look_ = look;
}

std::chrono::nanoseconds SamplingSchedule::until_next(BootTime now) const {
  if (!last_) return std::chrono::nanoseconds{0};
  const auto regular = std::max(interval_ - (now - *last_), std::chrono::nanoseconds{0});
  return std::min<std::chrono::nanoseconds>(regular, kLookEvery);
}

std::uint64_t SamplingSchedule::missed(BootTime now) const {
  if (!last_ || interval_.count() <= 0) return 0;
  const auto intervals = (now - *last_) / interval_;
  return intervals > 1 ? static_cast<std::uint64_t>(intervals - 1) : 0;
}

}  // namespace tidemark
