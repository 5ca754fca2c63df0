// What a run tells somebody who is elsewhere (--notify), and when.
#pragma once

#include <optional>
#include <string>

#include "cli/database_location.h"
#include "monitor/monitor.h"
#include "notify/notify.h"
#include "report/report.h"

namespace tidemark {

/// `--notify`, else $TIDEMARK_NOTIFY, else empty. Errors: invalid.
Result<std::string> choose_notify_url(const std::string& option, const Environment& environment);

/// For a run that completed, died, or whose end is not known. Absent for one that still runs or was
/// stopped: whoever did that knows.
std::optional<Notification> news_of_end(const Report& report, const std::string& job_name);

/// Of the event `memory_critical`.
Notification news_of_critical(const EventRecord& event, const std::string& job_name);

/// Tells the end of a stored run, where somebody is to be told.
void tell_end(Notifier& notifier, Recording& recording, const RunInfo& info);

}  // namespace tidemark
