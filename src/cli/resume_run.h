// Before a process is attached to: was it recorded already?
#pragma once

#include "core/result.h"
#include "monitor/monitor.h"

namespace tidemark {

/// Fills in the run that this trainer's monitor had begun before it died: its database, clock
/// anchor, number and journal. Leaves `request` alone where there was none. Errors: busy, when that
/// monitor lives.
Result<void> resume_earlier_run(MonitorRequest& request, const HostRoot& host);

}  // namespace tidemark
