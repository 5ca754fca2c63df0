#include "sensing/macos/mach_host.h"

#include <mach/mach.h>
#include <sys/sysctl.h>

#include <array>

#include "core/utf8.h"
#include "sensing/macos/command_text.h"

namespace tidemark {
namespace {

// mach_host_self() gives one more right to the port at each call; one is kept for good.
host_t this_host() {
  static const host_t host = ::mach_host_self();
  return host;
}

std::optional<VmStat> ask_vm_stat() {
  vm_statistics64_data_t stat{};
  mach_msg_type_number_t words = HOST_VM_INFO64_COUNT;
  vm_size_t page = 0;
  if (::host_page_size(this_host(), &page) != KERN_SUCCESS) return std::nullopt;
  if (::host_statistics64(this_host(), HOST_VM_INFO64, reinterpret_cast<host_info64_t>(&stat),
                          &words) != KERN_SUCCESS)
    return std::nullopt;
  return VmStat{.page = {static_cast<std::int64_t>(page)},
                .wired = stat.wire_count,
                .anonymous = stat.internal_page_count,
                .purgeable = stat.purgeable_count,
                .compressor = stat.compressor_page_count,
                .file_backed = stat.external_page_count,
                .page_ins_total = stat.pageins,
                .swap_ins_total = stat.swapins,
                .swap_outs_total = stat.swapouts};
}

template <class Value>
std::optional<Value> ask_sysctl(const char* name) {
  Value value{};
  std::size_t size = sizeof value;
  if (::sysctlbyname(name, &value, &size, nullptr, 0) != 0 || size != sizeof value)
    return std::nullopt;
  return value;
}

std::string ask_chip() {
  std::array<char, 128> text{};
  std::size_t size = text.size();
  if (::sysctlbyname("machdep.cpu.brand_string", text.data(), &size, nullptr, 0) != 0) return {};
  constexpr std::size_t kMostBytes = 64;
  const std::string_view whole{text.data(), size};
  return to_valid_utf8(whole.substr(0, whole.find('\0')), kMostBytes);
}

std::optional<Bytes> bytes_from(std::uint64_t count) {
  return Bytes{static_cast<std::int64_t>(count)};
}

}  // namespace

Result<VmStat> read_vm_stat(const HostRoot& host) {
  if (host.is_live())
    if (const auto stat = ask_vm_stat()) return *stat;
  const auto text = read_command(host, {"vm_stat"});
  if (!text) return std::unexpected(text.error());
  return parse_vm_stat(*text);
}

MacSysctl read_mac_sysctl(const HostRoot& host) {
  if (!host.is_live()) {
    const auto text = read_command(host, {"sysctl"});
    return text ? parse_sysctl(*text) : MacSysctl{};
  }
  MacSysctl values;
  if (const auto total = ask_sysctl<std::uint64_t>("hw.memsize"))
    values.memory_total = bytes_from(*total);
  if (const auto swap = ask_sysctl<xsw_usage>("vm.swapusage")) {
    values.swap_total = bytes_from(swap->xsu_total);
    values.swap_used = bytes_from(swap->xsu_used);
    values.swap_free = bytes_from(swap->xsu_avail);
  }
  if (const auto level = ask_sysctl<std::int32_t>("kern.memorystatus_vm_pressure_level"))
    values.pressure = mac_pressure(static_cast<std::uint64_t>(*level));
  values.is_apple_silicon = ask_sysctl<std::int32_t>("hw.optional.arm64").value_or(0) == 1;
  values.chip = ask_chip();
  return values;
}

void add_cpu_ticks(HostCounters& counters) {
  host_cpu_load_info_data_t load{};
  mach_msg_type_number_t words = HOST_CPU_LOAD_INFO_COUNT;
  if (::host_statistics(this_host(), HOST_CPU_LOAD_INFO, reinterpret_cast<host_info_t>(&load),
                        &words) != KERN_SUCCESS)
    return;
  const std::uint64_t busy = std::uint64_t{load.cpu_ticks[CPU_STATE_USER]} +
                             load.cpu_ticks[CPU_STATE_SYSTEM] + load.cpu_ticks[CPU_STATE_NICE];
  counters.cpu_busy_ticks_total = busy;
  counters.cpu_ticks_total = busy + load.cpu_ticks[CPU_STATE_IDLE];
}

}  // namespace tidemark
