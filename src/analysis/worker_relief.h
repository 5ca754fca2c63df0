// What ending the workers would have given back at the peak. Private to analysis.
#pragma once

#include <optional>
#include <vector>

#include "analysis/analysis.h"

namespace tidemark {

struct WorkerRelief {
  std::int64_t count = 0;
  Bytes freed{};                  // USS: what ending them gives back
  bool main_was_growing = false;  // fast enough to fill the room again
  bool suffices = false;          // the peak without them is under the limit, with room to spare
  double confidence = 0;
  std::vector<Evidence> evidence{};
};

/// Absent: no workers at the peak, their USS is not known, or the limiting pool is none that they
/// fill.
std::optional<WorkerRelief> worker_relief_of(const Analysis& analysis);

}  // namespace tidemark
