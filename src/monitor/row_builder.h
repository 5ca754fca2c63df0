// A reading of everything, flattened into the row that is kept.
#pragma once

#include <optional>

#include "core/time.h"
#include "telemetry/host_sample.h"
#include "telemetry/sample_row.h"

namespace tidemark {

/// `before` is the sample before, for the CPU share since then. Details of single processes and
/// devices are copied when `with_details`.
SampleRow build_row(const HostSample& sample, const HostSample* before, const ClockAnchor& anchor,
                    SampleCause cause, bool with_details);

}  // namespace tidemark
