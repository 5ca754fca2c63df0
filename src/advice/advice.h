// Findings -> proposed changes of settings. One rule per file; rules.cpp is the whole list.
#pragma once

#include <optional>
#include <vector>

#include "analysis/analysis.h"

namespace tidemark {

struct Advice {
  std::vector<Recommendation> recommendations{};  // what answers the first findings first
  /// Absent: memory was not pressed, no config of a known client, no change that helps, or a leak,
  /// which settings only put off.
  std::optional<Plan> plan{};
  std::vector<LeftOut> left_out{};
};

/// What to change. Only settings that are not already so: the config as the analysis has read it
/// (`Analysis::recipe`), with the client's defaults. Without one: advice that names no setting.
Advice advise(const Analysis& analysis);

}  // namespace tidemark
