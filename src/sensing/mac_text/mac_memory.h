// From Apple's counts to the fields that every machine has. The figures come from Mach calls on a
// Mac and from text in tests; the rules are the same.
#pragma once

#include <optional>
#include <string>

#include "core/result.h"
#include "sensing/mac_text/sysctl_values.h"
#include "sensing/mac_text/vm_stat.h"
#include "telemetry/gpu_sample.h"
#include "telemetry/host_sample.h"

namespace tidemark {

/// Used is what Activity Monitor calls "Memory Used": app memory (anonymous less purgeable), wired,
/// and what compressed memory occupies (Apple, "View memory usage in Activity Monitor on Mac").
/// Free pages say nothing: macOS fills them with files. Swap is files that grow with use.
/// `malformed` without hw.memsize.
Result<HostMemory> build_mac_memory(const VmStat& stat, const MacSysctl& sysctl);

/// Swapping and page-ins; a Mac has no counter of OOM kills.
void add_mac_counters(HostCounters& counters, const VmStat& stat);

/// Apple Silicon's GPU: it lives in the machine's RAM, which the host's figures hold already. What
/// it uses and how busy it is are IOKit's to tell and absent here. No GPU on an Intel Mac.
std::optional<GpuSample> build_mac_gpu(const MacSysctl& sysctl);

/// For people, when the kernel asks programs to give memory back; absent at normal.
std::optional<std::string> pressure_notice(const MacSysctl& sysctl);

}  // namespace tidemark
