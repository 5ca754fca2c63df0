#include "sensing/nvidia/memory_domain.h"

#include <cstdlib>

namespace tidemark {
namespace {

// The figure that integrated parts of 2026 (N1X) give for the whole of their memory. Only a device
// that also walks the host's page tables is taken for one: cards of 8 GB exist.
constexpr Bytes kReportedOfN1x = mib(8128);

bool is_machine_total(const MemoryEvidence& e) {
  // /proc/meminfo counts in KiB, and drivers round to MiB; a card as large as the machine's RAM to
  // within a MiB has not been seen.
  return e.machine_total && std::abs((e.total - *e.machine_total).count) <= kBytesPerMib;
}

MemoryVerdict judge_without_figures(const MemoryEvidence& e) {
  if (e.integrated == false)
    return {MemoryDomain::unknown,
            "no memory is reported, yet CUDA calls the device not integrated"};
  if (e.answer == MemoryAnswer::given)
    return {MemoryDomain::unified, "the driver reports a memory of 0 bytes"};
  if (e.lists_processes)
    return {MemoryDomain::unified,
            "device memory is not supported by the driver while its per-process list works"};
  return {MemoryDomain::unknown, "device memory is not supported, and no process list is to be had",
          true};
}

MemoryVerdict judge_figures(const MemoryEvidence& e) {
  const bool walks_host_tables = e.addressing == AddressingMode::ats;
  if (e.integrated == false)
    return walks_host_tables
               ? MemoryVerdict{MemoryDomain::coherent,
                               "CUDA calls the device not integrated; it walks the host's page "
                               "tables (ATS)"}
               : MemoryVerdict{MemoryDomain::device, "CUDA calls the device not integrated"};
  if (is_machine_total(e))
    return {MemoryDomain::unified, "the device's total is the machine's MemTotal"};
  if (e.total == kReportedOfN1x && walks_host_tables)
    return {MemoryDomain::unified,
            "a total of 8,128 MiB from a device that walks the host's page tables (ATS)"};
  if (e.listed > e.total)
    return {MemoryDomain::unknown, "its processes hold more than the device's total", true};
  if (walks_host_tables)
    return {MemoryDomain::coherent, "memory of its own, and it walks the host's page tables (ATS)"};
  if (e.total == kReportedOfN1x && !e.addressing)
    return {MemoryDomain::unknown,
            "a total of 8,128 MiB is what some integrated parts report, and so would a card", true};
  return {MemoryDomain::device, "the driver reports a memory of its own"};
}

}  // namespace

MemoryVerdict judge_memory(const MemoryEvidence& e) {
  if (e.integrated == true) return {MemoryDomain::unified, "CUDA calls the device integrated"};
  if (e.is_mig) return {MemoryDomain::device, "a MIG slice of a GPU"};
  if (e.numa_node)
    return {MemoryDomain::coherent, "the device's memory is a NUMA node of the machine"};
  if (e.answer == MemoryAnswer::none)
    return {MemoryDomain::unknown, "the driver does not tell the device's memory"};
  if (e.answer == MemoryAnswer::refused || e.total.count == 0) return judge_without_figures(e);
  return judge_figures(e);
}

}  // namespace tidemark
