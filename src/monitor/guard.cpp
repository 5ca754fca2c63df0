#include "monitor/guard.h"

namespace tidemark {

// A straight line through the oldest and the newest look: allocations of seconds, not of minutes,
// are what freezes a machine.
bool Guard::fills_up_soon(double fullness, BootTime now) const {
  if (fullness < warning_ratio_ || looks_.empty()) return false;
  const auto seen = now - looks_.front().first;
  if (seen < kLookBack / 2) return false;
  const double per_second = (fullness - looks_.front().second) / to_seconds(seen);
  return fullness + per_second * to_seconds(kAhead) >= 1.0;
}

bool Guard::runs_short(double fullness, BootTime now) {
  while (!looks_.empty() && now - looks_.front().first > kLookBack) looks_.pop_front();
  const bool is_short = fullness >= critical_ratio_ || fills_up_soon(fullness, now);
  looks_.emplace_back(now, fullness);
  return is_short;
}

GuardOrder Guard::look(std::optional<double> fullness, BootTime now) {
  if (policy_ == GuardPolicy::off) return GuardOrder::none;
  if (interrupted_at_) {
    // A trainer that gave memory back is on its way out, perhaps in the middle of a save: it may
    // take its time. What cannot be read is taken for short.
    const bool in_danger = !fullness || runs_short(*fullness, now);
    if (terminated_ || now - *interrupted_at_ < kGrace || !in_danger) return GuardOrder::none;
    terminated_ = true;
    return GuardOrder::terminate;
  }
  if (!fullness) return GuardOrder::none;
  if (!runs_short(*fullness, now)) {
    if (*fullness < critical_ratio_ - kHysteresisRatio) told_ = false;
    short_since_.reset();
    return GuardOrder::none;
  }
  if (!short_since_) short_since_ = now;
  if (told_ || now - *short_since_ < kSustained) return GuardOrder::none;
  told_ = true;
  if (policy_ == GuardPolicy::warn) return GuardOrder::warn;
  interrupted_at_ = now;
  return GuardOrder::interrupt;
}

}  // namespace tidemark
