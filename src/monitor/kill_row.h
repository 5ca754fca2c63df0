// The kernel's account of a kill as a sample: the one reading of a run that is exact at the very
// moment at which memory ran out, whatever the interval.
#pragma once

#include <cstdint>
#include <optional>

#include "telemetry/oom_record.h"
#include "telemetry/sample_row.h"

namespace tidemark {

/// `last`: the newest sample of the living run; it stands for all that the account does not tell,
/// and names who is who. What is in the account and in neither of its lists is a worker that was
/// forked since when it is called like the trainer or like torch's workers, else another program.
/// Absent: the account is not of the run (its main process is not in it).
std::optional<SampleRow> row_at_kill(const SampleRow& last, std::int32_t main_pid,
                                     const OomReport& report, double unix_seconds);

}  // namespace tidemark
