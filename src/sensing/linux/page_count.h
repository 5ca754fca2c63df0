// What a process has resident, and how much of that it alone maps, counted page by page from
// /proc/PID/pagemap. The kernel takes the process's mmap lock anew for every 2 MiB of addresses,
// where smaps_rollup holds it for all of a mapping's pages: a process of any size is never held up
// for longer than a few of its own page faults take.
#pragma once

#include <sys/types.h>

#include "core/bytes.h"
#include "core/result.h"
#include "os/host_root.h"

namespace tidemark {

struct PageCount {
  Bytes present{};    // some hold the kernel's page of zeros, which RSS leaves out
  Bytes exclusive{};  // present, and mapped by this process alone (USS)
  Bytes anon{};       // present, and of no file and no shared memory
};

/// Counts at most `most_pages` addresses, mapped or not; what lies behind them is left out. That
/// bounds the time that huge reserved ranges take. Errors as for smaps_rollup: the same permission
/// is needed; `not_found` where the kernel has no such file.
Result<PageCount> count_pages(const HostRoot& host, pid_t pid, std::size_t most_pages);

}  // namespace tidemark
