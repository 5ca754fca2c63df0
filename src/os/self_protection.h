// What keeps the monitor alive and able to read when the machine runs out of memory. Best effort:
// each part that is not permitted is left out, and `doctor` says so.
#pragma once

#include "core/bytes.h"
#include "core/result.h"
#include "os/host_root.h"

namespace tidemark {

/// Takes this process out of the OOM killer's choice (oom_score_adj -1000), which also spares it
/// where memory.oom.group kills a cgroup as a whole (Documentation/admin-guide/cgroup-v2.rst).
/// Needs CAP_SYS_RESOURCE; inherited by children, so nothing of the trainer may be started after
/// it.
Result<void> leave_oom_choice(const HostRoot& host);

/// Keeps the calling process's heap and stack, as far as they are in use now, from being paged out:
/// at most `budget`, and never what is mapped later (no MCL_FUTURE). Gives back how much is locked;
/// fewer where RLIMIT_MEMLOCK allows fewer.
Bytes lock_present_memory(const HostRoot& host, Bytes budget);

/// The most that the monitor locks.
inline constexpr Bytes kLockedMemoryBudget = kib(768);

}  // namespace tidemark
