// Steps printed as lines -> steps of the run.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "logscan/step_line.h"
#include "telemetry/step.h"

namespace tidemark {

/// Numbers rise; a line that says the newest number again, with values, is handed out again. Where
/// the count begins anew out of the same total, an epoch lies behind it; where it goes back
/// otherwise (a restart from a checkpoint), numbers that were there are passed over.
class StepLineFollower {
 public:
  void see(const StepLine& line, double unix_seconds);
  std::vector<StepRecord> take_steps();

 private:
  static constexpr std::size_t kMostSteps = 65536;  // that nobody has taken
  std::optional<StepLine> last_line_{};
  std::int64_t offset_ = 0;  // steps of the epochs before
  std::optional<StepRecord> newest_{};
  std::deque<StepRecord> steps_{};
};

}  // namespace tidemark
