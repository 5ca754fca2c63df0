// What the parts of the memory model's making share. Private to analysis.
#pragma once

#include "analysis/memory_model.h"

namespace tidemark {

/// Bytes of the pool at most, as the parts and effects of the model say, without its misfit.
Range peak_in(const MemoryModel& model, const PhasePeak& phase, const Recipe& recipe);

/// No phase that is told: the moment before the first step.
inline constexpr std::string_view kBeforeTraining = "before_training";

/// Phases that end before the first step.
bool is_before_training(std::string_view phase);

/// Sentences, of a model that is complete.
std::vector<std::string> what_is_not_known(const MemoryModel& model);

}  // namespace tidemark
