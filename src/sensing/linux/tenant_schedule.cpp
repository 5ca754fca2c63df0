#include "sensing/linux/tenant_schedule.h"

#include <algorithm>
#include <cstdlib>

namespace tidemark {

bool TenantSchedule::due(BootTime now, const TenantSigns& signs) {
  event_ = event_ || signs.event;
  if (!last_ || signs.elsewhere) return true;
  const auto since = now - *last_;
  const auto paid = std::chrono::nanoseconds{
      static_cast<std::int64_t>(static_cast<double>(took_.count()) / kCostRatio)};
  if (since < std::max<std::chrono::nanoseconds>(kShortestSpacing, paid)) return false;
  const double moved = ratio(Bytes{std::abs((signs.used - used_).count)}, signs.total);
  if (moved >= kJumpRatio) return true;
  if (since < kSpacing) return false;
  return event_ || moved >= kMovedRatio || since >= kAtLeastEvery;
}

void TenantSchedule::began(BootTime now, Bytes used) {
  last_ = now;
  used_ = used;
  event_ = false;
}

}  // namespace tidemark
