#include "_tidemark/step_clock.h"

#include <algorithm>
#include <utility>

namespace tidemark::python {
namespace {

double to_seconds(std::int64_t ns) noexcept {
  return static_cast<double>(ns) * 1e-9;
}

}  // namespace

StepClock::Took StepClock::step(std::int64_t now_ns) noexcept {
  std::int64_t excluded = 0;
  std::int64_t waited = 0;
  bool any_wait = false;
  for (std::size_t i = 0; i <= depth_; ++i) {
    auto& frame = frames_[i];
    excluded += std::exchange(frame.excluded_ns, 0);
    waited += std::exchange(frame.waited_ns, 0);
    any_wait = std::exchange(frame.waited, false) || any_wait;
    if (i > 0) home_[i - 1] = frame.name;
  }
  home_count_ = depth_;
  Took took;
  if (any_wait) took.data_wait_seconds = to_seconds(waited);
  if (last_ns_)
    took.step_time_seconds = to_seconds(std::max<std::int64_t>(0, now_ns - *last_ns_ - excluded));
  last_ns_ = now_ns;
  return took;
}

void StepClock::wait(std::int64_t took_ns) noexcept {
  top().waited_ns += took_ns;
  top().waited = true;
}

void StepClock::begin_phase(std::uint64_t name, std::int64_t now_ns) noexcept {
  if (depth_ == kMostPhases) return;
  frames_[++depth_] = {.name = name, .began_ns = now_ns};
}

// By name: a phase whose end was missed (a generator that was never finished) ends with its outer
// one.
void StepClock::end_phase(std::uint64_t name, std::int64_t now_ns) noexcept {
  std::size_t at = depth_;
  while (at > 0 && frames_[at].name != name) --at;
  while (at > 0 && depth_ >= at) pop(now_ns);
}

bool StepClock::surrounded_last_step(std::uint64_t name) const noexcept {
  return std::find(home_.begin(), home_.begin() + static_cast<std::ptrdiff_t>(home_count_), name) !=
         home_.begin() + static_cast<std::ptrdiff_t>(home_count_);
}

void StepClock::pop(std::int64_t now_ns) noexcept {
  const Frame ended = frames_[depth_];
  --depth_;
  if (!last_ns_) return;
  if (!surrounded_last_step(ended.name)) {
    top().excluded_ns += now_ns - std::max(ended.began_ns, *last_ns_);
    return;
  }
  top().excluded_ns += ended.excluded_ns;
  top().waited_ns += ended.waited_ns;
  top().waited = top().waited || ended.waited;
}

StepClock& StepClocks::find_or_add(std::uint64_t thread) {
  const auto found =
      std::ranges::find(clocks_, thread, [](const auto& entry) { return entry->thread; });
  if (found == clocks_.end()) {
    if (clocks_.size() == kMost) clocks_.erase(clocks_.begin());
    clocks_.push_back(std::make_unique<Entry>(Entry{.thread = thread}));
    last_ = clocks_.back().get();
  } else {
    last_ = found->get();
  }
  return last_->clock;
}

}  // namespace tidemark::python
