// A run without a recorded end: does somebody still record it?
#pragma once

#include "os/host_root.h"
#include "store/store.h"

namespace tidemark {

enum class Liveness {
  ended,        // its end is recorded
  recording,    // its monitor lives
  unwatched,    // the monitor is gone, the trainer lives
  lost,         // both are gone, or the machine was started anew since
  elsewhere,    // recorded on another host: cannot be told from here
};

/// Judged by pid with start time and boot id, so that a reused pid or a reboot fools nobody.
Liveness liveness_of(const StoredRun& run, const HostRoot& host);

/// job.status: `running` while somebody records it or the trainer lives, `unknown` when it was lost.
RunStatus status_of(const StoredRun& run, const HostRoot& host);

}  // namespace tidemark
