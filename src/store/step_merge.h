// Two records of one step, from two sources, become one row.
#pragma once

#include "telemetry/step.h"

namespace tidemark {

/// The better source wins field by field and gives time and source; the other one fills what is
/// absent. Of two records of one source the later one wins, but the time stays that of the first.
StepRecord merge_steps(const StepRecord& kept, const StepRecord& incoming);

/// Every step() of the trainer is a record of its own, also when a number comes again (two
/// optimisers, a step counter that was reset), unless it says that it completes an earlier one; what
/// a log or a bar repeats is the same step said twice.
bool is_same_step(const StepRecord& kept, const StepRecord& incoming);

}  // namespace tidemark
