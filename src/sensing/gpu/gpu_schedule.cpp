#include "sensing/gpu/gpu_schedule.h"

#include <algorithm>

namespace tidemark {
namespace {

// Samples closer together than this share an answer: utilisation is a mean over up to a second, and
// a driver that is asked more often is only loaded.
constexpr std::chrono::nanoseconds kFreshFor = std::chrono::milliseconds{100};
constexpr std::chrono::nanoseconds kLeadAtLeast = std::chrono::milliseconds{10};
constexpr std::chrono::nanoseconds kLongestSpacing = std::chrono::minutes{1};
constexpr std::chrono::nanoseconds kStaleAtLeast = std::chrono::seconds{15};

}  // namespace

void GpuSchedule::taken(BootTime now, std::optional<BootTime> answered_at) {
  if (taken_at_) {
    spacing_ = std::clamp(now - *taken_at_, kFreshFor, kLongestSpacing);
    ahead_ = now + spacing_ - std::max(kLeadAtLeast, 2 * took_);
  }
  taken_at_ = now;
  // The sample came unexpected, or none was expected yet: what it was given is old, so the next is
  // to have better soon.
  const bool old = !answered_at || now - *answered_at > kFreshFor + 2 * took_;
  next_ = old ? std::optional{now} : ahead_;
}

void GpuSchedule::began(BootTime now) {
  const bool still_ahead = ahead_ && now < *ahead_;
  next_ = still_ahead ? ahead_ : std::nullopt;
}

std::chrono::nanoseconds GpuSchedule::stale_after() const {
  return std::max(kStaleAtLeast, 3 * spacing_);
}

}  // namespace tidemark
