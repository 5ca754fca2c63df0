// The machine's memory and processors by Mach calls and sysctl(3); where a call is refused, by the
// text that vm_stat(1) prints.
#pragma once

#include "core/result.h"
#include "os/host_root.h"
#include "sensing/mac_text/sysctl_values.h"
#include "sensing/mac_text/vm_stat.h"
#include "telemetry/host_sample.h"

namespace tidemark {

/// host_statistics64, else vm_stat's text; of a recorded tree always the text.
Result<VmStat> read_vm_stat(const HostRoot& host);

/// sysctl(3); of a recorded tree the text of sysctl(8).
MacSysctl read_mac_sysctl(const HostRoot& host);

/// Busy and all ticks of all processors since boot (HOST_CPU_LOAD_INFO); absent when refused.
void add_cpu_ticks(HostCounters& counters);

}  // namespace tidemark
