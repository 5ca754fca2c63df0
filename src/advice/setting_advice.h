// Advice on settings, and the plan, from the memory model. Private to advice.
#pragma once

#include <optional>
#include <vector>

#include "analysis/analysis.h"

namespace tidemark {

struct SettingAdvice {
  std::vector<Recommendation> recommendations{};
  std::optional<Plan> plan{};
  std::vector<LeftOut> left_out{};
};

/// Where memory was pressed and the run's settings are known; else nothing.
SettingAdvice advise_settings(const Analysis& analysis);

}  // namespace tidemark
