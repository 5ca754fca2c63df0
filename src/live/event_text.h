// What an event's details say, on one line. Private to live.
#pragma once

#include <string>

#include "telemetry/event.h"

namespace tidemark {

/// "used 110.2 GB, limit 119.7 GB, fraction 92%": the plain values of its JSON, without what is
/// nested. Empty: it has none.
std::string event_text(const EventRecord& event);

}  // namespace tidemark
