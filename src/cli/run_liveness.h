// A run without a recorded end: does somebody still record it?
#pragma once

#include <optional>

#include "os/host_root.h"
#include "report/report.h"
#include "store/store.h"

namespace tidemark {

/// Absent: its end is recorded. Judged by pid with start time and boot id, so that a reused pid or
/// a reboot fools nobody.
std::optional<Unended> unended_state(const StoredRun& run, const HostRoot& host);

/// job.status: `running` while somebody records it or the trainer lives, `unknown` when it was
/// lost.
RunStatus status_of(const StoredRun& run, const HostRoot& host);

/// What a report has to know of a run that may have no end.
ReportOptions report_options_for(const StoredRun& run);

}  // namespace tidemark
