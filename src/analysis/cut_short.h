// What a run that was killed in the middle of growing would still have come to: what is computed of
// parts that were not there yet, and how much further such growth goes. Private to analysis.
#pragma once

#include <optional>
#include <string_view>

#include "analysis/analysis.h"

namespace tidemark {

/// What came between the last sample and the limit at which the run was killed.
Bytes unsampled_growth(const RunFacts& facts);

/// Killed, and before its second step was done: no step is known to have reached its full height.
bool died_before_a_steady_step(const RunFacts& facts);

/// How far the phase rose in which the run was killed, up to the limit. Absent: it was not killed
/// in this one, or what was held before it is not known.
std::optional<double> rise_when_killed(const RunFacts& facts, std::string_view phase,
                                       TensorHome home);
/// How high such a rise would have gone.
Range whole_rise(double seen_bytes);

/// Activations of a run that was killed in its first steps, from how far it rose in them.
std::optional<Estimate> activations_of_first_steps(const RunFacts& facts,
                                                   const RunComponents& parts);

/// The component whose doubt a phase's range is: the one that grew when the run was killed. Empty:
/// none.
std::string_view part_in_doubt(const MemoryModel& model, const PhasePeak& phase);

/// What the main process or the device (wherever the tensors are) would hold in training. Absent:
/// what it held before is not known, or nothing of what training adds is.
std::optional<Range> need_of_training(const RunFacts& facts, const RunComponents& parts);

}  // namespace tidemark
