// The machine's own clocks.
#pragma once

#include "core/time.h"

namespace tidemark {

class SystemClock final : public Clock {
 public:
  BootTime now() const override;
  WallTime wall() const override;
};

/// Both clocks at (nearly) one instant.
ClockAnchor anchor_now(const Clock& clock);

}  // namespace tidemark
