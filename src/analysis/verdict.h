// The one sentence for people. Private to analysis.
#pragma once

#include <string>

#include "analysis/analysis.h"

namespace tidemark {

/// What happened, how high memory came, and the primary cause where there is one. Ends with a full
/// stop.
std::string verdict_of(const Analysis& analysis);

}  // namespace tidemark
