// What a sample shows the run to hold. Private to analysis.
#pragma once

#include "analysis/analysis.h"

namespace tidemark {

RunLevel level_of(const SampleRow& sample);

/// The main process's level at its exact peak since the sample before (VmHWM grew in between), by
/// the pages of files that it maps now. Absent: no new peak.
std::optional<Bytes> exact_level_between(const SampleRow& before, const SampleRow& now);

/// Of the pool where the tensors are.
std::optional<Bytes> at_home(const RunLevel& level, TensorHome home);

/// Null: the run never was in it.
const PhaseFacts* phase_of(const RunFacts& facts, std::string_view name);

void take_higher(RunLevel& highest, const RunLevel& level);

}  // namespace tidemark
