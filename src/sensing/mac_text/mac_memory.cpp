#include "sensing/mac_text/mac_memory.h"

#include <algorithm>

namespace tidemark {
namespace {

Bytes pages(const VmStat& stat, std::uint64_t count) {
  constexpr std::uint64_t kMostPages = std::uint64_t{1} << 36;  // sums of a few cannot overflow
  return {stat.page.count * static_cast<std::int64_t>(std::min(count, kMostPages))};
}

}  // namespace

Result<HostMemory> build_mac_memory(const VmStat& stat, const MacSysctl& sysctl) {
  if (!sysctl.memory_total) return fail(Errc::malformed, "sysctl: no hw.memsize");
  const auto app = stat.anonymous > stat.purgeable ? stat.anonymous - stat.purgeable : 0;
  const Bytes used = pages(stat, app) + pages(stat, stat.wired) + pages(stat, stat.compressor);
  HostMemory memory{.total = *sysctl.memory_total,
                    .available = std::max(*sysctl.memory_total - used, Bytes{0}),
                    .swap_total = sysctl.swap_total,
                    .swap_free = sysctl.swap_free};
  if (stat.file_backed) memory.page_cache = pages(stat, *stat.file_backed);
  return memory;
}

void add_mac_counters(HostCounters& counters, const VmStat& stat) {
  counters.swap_in_pages_total = stat.swap_ins_total;
  counters.swap_out_pages_total = stat.swap_outs_total;
  counters.major_faults_total = stat.page_ins_total;
}

std::optional<GpuSample> build_mac_gpu(const MacSysctl& sysctl) {
  if (!sysctl.is_apple_silicon) return std::nullopt;
  return GpuSample{.domain = MemoryDomain::unified, .id = "apple-gpu-0", .name = sysctl.chip};
}

std::optional<std::string> pressure_notice(const MacSysctl& sysctl) {
  if (!sysctl.pressure || *sysctl.pressure == MacPressure::normal) return std::nullopt;
  const bool critical = *sysctl.pressure == MacPressure::critical;
  return std::string{"macOS calls its memory pressure "} + (critical ? "critical" : "a warning") +
         ": it compresses and swaps, and may kill programs";
}

}  // namespace tidemark
