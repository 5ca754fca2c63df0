#include "sensing/linux/machine_reader.h"

#include "sensing/linux/kept_text.h"
#include "sensing/linux/parsers/meminfo.h"
#include "sensing/linux/parsers/pressure.h"
#include "sensing/linux/parsers/stat_cpu.h"
#include "sensing/linux/parsers/vmstat.h"

namespace tidemark {
namespace {

std::optional<Pressure> read_pressure(std::optional<KeptFile>& file) {
  if (!file) return std::nullopt;
  const auto text = file->read();
  if (text) return parse_pressure(*text);
  if (text.error().code == Errc::unsupported) file.reset();
  return std::nullopt;
}

}  // namespace

MachineReader::MachineReader(const HostRoot& host)
    : meminfo_(keep(host, "proc/meminfo")),
      vmstat_(keep(host, "proc/vmstat")),
      stat_(keep(host, "proc/stat")),
      pressure_(keep(host, "proc/pressure/memory")) {}

std::optional<HostMemory> MachineReader::read_memory() {
  const auto memory = parse_meminfo(text_of(meminfo_));
  return memory ? std::optional{*memory} : std::nullopt;
}

void MachineReader::read(HostSample& sample) {
  sample.memory = read_memory();
  // One read gives at most a page of this file; the counters wanted are in its first.
  parse_vmstat(text_of(vmstat_), sample.counters);
  if (const auto cpu = parse_stat_cpu(text_of(stat_))) {
    sample.counters.cpu_busy_ticks_total = cpu->busy;
    sample.counters.cpu_ticks_total = cpu->total;
  }
  sample.pressure = read_pressure(pressure_);
}

std::optional<QuickLook> MachineReader::quick_look() {
  const auto memory = read_memory();
  if (!memory) return std::nullopt;
  return QuickLook{.used = memory->used(), .limit = memory->total};
}

}  // namespace tidemark
