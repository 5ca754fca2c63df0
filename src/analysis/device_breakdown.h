// Who holds a device's memory at its peak. Private to analysis.
#pragma once

#include <vector>

#include "analysis/analysis.h"

namespace tidemark {

std::vector<Component> break_down_device(const RunFacts& facts, const PoolPeak& pool);

}  // namespace tidemark
