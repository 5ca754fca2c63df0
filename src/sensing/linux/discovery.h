// Which processes were born to which: the two ways the kernel offers.
#pragma once

#include <cstdint>
#include <vector>

#include "os/host_root.h"

namespace tidemark {

/// Appends the children of every thread of `pid` (/proc/PID/task/TID/children,
/// CONFIG_PROC_CHILDREN). False when the kernel has no such files. A process that ends meanwhile
/// has no children.
bool append_children(const HostRoot& host, std::int32_t pid, std::vector<std::int32_t>& children);

/// All pids of the machine, ascending.
std::vector<std::int32_t> list_processes(const HostRoot& host);

}  // namespace tidemark
