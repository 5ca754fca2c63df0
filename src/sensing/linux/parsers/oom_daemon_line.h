// What systemd-oomd and earlyoom write to the system's log about a kill.
#pragma once

#include <optional>
#include <string_view>

#include "telemetry/oom_record.h"

namespace tidemark {

/// A line "...earlyoom[123]: sending SIGKILL to process 7 ..." or "...systemd-oomd[9]: Killed /a/b
/// due to ...", with whatever stamp before it. Absent: another line. Who wrote it is the caller's
/// to know: the name in it is only a word.
std::optional<OomDaemonKill> parse_oom_daemon_line(std::string_view line);

}  // namespace tidemark
