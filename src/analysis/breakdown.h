// Who held the limiting pool at its peak. Private to analysis.
#pragma once

#include <vector>

#include "analysis/analysis.h"

namespace tidemark {

/// Components whose sum is the peak, exactly. Beside the names of the glossary: `main_process` (of
/// the trainer's own process, what could not be told apart) and `child_processes`. Empty
/// without a limiting pool or the sample at its peak.
std::vector<Component> break_down(const RunFacts& facts, const std::optional<PoolPeak>& pool,
                                  const RunComponents& parts);

}  // namespace tidemark
