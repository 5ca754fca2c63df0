// A run's memory model as the text that its store keeps for later runs. Private to report.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "analysis/analysis.h"

namespace tidemark {

/// What the run's own data fitted, without its recipe, which its config gives.
std::string model_json(const MemoryModel& model);
/// Absent: not such a text. Whoever can write the store can write anything: what is not finite, or
/// not in order, is refused.
std::optional<MemoryModel> parse_model(std::string_view text, Recipe recipe);

}  // namespace tidemark
