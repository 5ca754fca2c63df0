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

/// What to change. Only settings that are not already so: the config is read, with the client's
/// defaults (`Analysis::model` has them); null: advice that names no setting.
Advice advise(const Analysis& analysis, const JobConfig* config);

}  // namespace tidemark
