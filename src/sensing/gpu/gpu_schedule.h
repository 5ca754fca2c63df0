// When the GPUs are read next: so that the answer is fresh when a sample wants it.
#pragma once

#include <chrono>
#include <optional>

#include "core/time.h"

namespace tidemark {

class GpuSchedule {
 public:
  /// A sample was taken at `now`, with an answer that began at `answered_at` (absent: none yet).
  void taken(BootTime now, std::optional<BootTime> answered_at);

  /// A reading begins: the first is due at once, later ones as samples are taken.
  void began(BootTime now);
  void ended(std::chrono::nanoseconds took) { took_ = took; }

  /// When to begin the next reading; absent: when the next sample has been taken.
  std::optional<BootTime> next() const { return next_; }

  /// An answer older than this says nothing of the present any more.
  std::chrono::nanoseconds stale_after() const;

 private:
  std::optional<BootTime> taken_at_{};
  std::chrono::nanoseconds spacing_{};  // of the last two samples
  std::chrono::nanoseconds took_{};
  std::optional<BootTime> next_{BootTime{}};
  std::optional<BootTime> ahead_{};  // just before the next sample is expected
};

}  // namespace tidemark
