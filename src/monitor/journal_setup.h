// The run's journal at the monitor's start: the one that was made for it, or a new one.
#pragma once

#include "core/result.h"
#include "monitor/journal_follower.h"
#include "monitor/monitor.h"

namespace tidemark {

/// `request.journal`, from where the stored rows end; or a new one in the first place that suits.
/// Errors: what is wrong with every place, or with the journal that was named.
Result<JournalFollower> open_run_journal(const MonitorRequest& request);

}  // namespace tidemark
