#include "sensing/nvidia/nvml_board.h"

#include "sensing/linux/parsers/meminfo.h"
#include "sensing/nvidia/cuda_probe.h"

namespace tidemark {
namespace {

constexpr auto kDiscoverySpacing = std::chrono::seconds{30};
constexpr auto kCudaPatience = std::chrono::seconds{10};
constexpr auto* kUnifiedWhy = "unified memory: what the GPU holds is the machine's";

Bytes sum_of(const std::vector<GpuProcessReading>& processes) {
  Bytes sum{};
  for (const auto& process : processes) sum += process.memory.value_or(Bytes{});
  return sum;
}

template <class T>
std::optional<T> value_of(const Result<T>& result) {
  return result ? std::optional{*result} : std::nullopt;
}

}  // namespace

Result<NvmlBoard> NvmlBoard::open(const HostRoot& host, const GpuOptions& options, BootTime now) {
  auto nvml = NvmlLibrary::load(options.nvml_library);
  if (!nvml) return std::unexpected(nvml.error());
  NvmlBoard board{host, std::move(*nvml), options.cuda_library};
  if (const auto meminfo = host.read("proc/meminfo"))
    if (const auto memory = parse_meminfo(*meminfo)) board.machine_total_ = memory->total;
  if (const auto found = board.discover(now); !found) return std::unexpected(found.error());
  return board;
}

Result<void> NvmlBoard::discover(BootTime now) {
  const auto count = nvml_.device_count();
  if (!count) return std::unexpected(count.error());
  devices_.clear();
  readings_.clear();
  handles_are_stale_ = false;
  discovered_at_ = now;
  constexpr std::uint32_t kMostDevices = 64;
  for (std::uint32_t i = 0; i < std::min(*count, kMostDevices); ++i) {
    const auto index = static_cast<std::int32_t>(i);
    const auto handle = nvml_.device(i);
    if (!handle) {
      add_refused(index, handle.error());
      continue;
    }
    const auto slices =
        nvml_.mig_is_on(*handle) ? nvml_.mig_devices(*handle) : std::vector<NvmlDevice>{};
    for (auto* const slice : slices) add(slice, index, true);
    if (slices.empty()) add(*handle, index, false);
    for (std::size_t s = readings_.size() - slices.size(); s < readings_.size(); ++s)
      readings_[s].bus_id = value_of(nvml_.bus_id(*handle)).value_or("");
  }
  return {};
}

void NvmlBoard::add(NvmlDevice handle, std::int32_t index, bool is_mig) {
  GpuReading reading{.vendor = GpuVendor::nvidia, .index = index, .is_mig = is_mig};
  reading.source = "NVML";
  reading.name = value_of(nvml_.name(handle)).value_or("");
  reading.bus_id = value_of(nvml_.bus_id(handle)).value_or("");
  reading.id = value_of(nvml_.uuid(handle)).value_or(reading.bus_id);
  devices_.push_back({.handle = handle,
                      .evidence = {.machine_total = machine_total_,
                                   .addressing = value_of(nvml_.addressing_mode(handle)),
                                   .numa_node = value_of(nvml_.numa_node(handle)),
                                   .is_mig = is_mig}});
  readings_.push_back(std::move(reading));
}

void NvmlBoard::add_refused(std::int32_t index, const Error& error) {
  GpuReading reading{.vendor = GpuVendor::nvidia, .index = index};
  reading.source = "NVML";
  reading.domain_evidence = "the driver does not give access to the device";
  set_absence(reading, "device", error.message);
  devices_.emplace_back();
  readings_.push_back(std::move(reading));
  note_failure(error);
}

void NvmlBoard::note_failure(const Error& error) {
  if (error.code == Errc::gone) handles_are_stale_ = true;
}

Result<void> NvmlBoard::read(BootTime now) {
  if (handles_are_stale_ && now - discovered_at_ >= kDiscoverySpacing)
    if (const auto found = discover(now); !found) return found;
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    auto& device = devices_[i];
    if (device.handle == nullptr) continue;
    read_memory(device, readings_[i], now);
    read_utilization(device, readings_[i], now);
    read_processes(device, readings_[i], now);
    judge(device, readings_[i]);
  }
  return {};
}

void NvmlBoard::read_memory(Device& device, GpuReading& reading, BootTime now) {
  if (!device.memory.due(now)) return;
  reading.used = reading.total = reading.reserved = std::nullopt;
  const auto memory = nvml_.memory(device.handle);
  if (memory) {
    device.memory.worked();
    device.evidence.answer = MemoryAnswer::given;
    device.evidence.total = memory->total;
    reading.used = memory->used;
    reading.total = memory->total;
    reading.reserved = memory->reserved;
    set_absence(reading, "memory", "");
    return;
  }
  // A passing fault does not change what kind of memory it is.
  if (memory.error().code == Errc::unsupported) device.evidence.answer = MemoryAnswer::refused;
  device.memory.failed(now, memory.error().code);
  set_absence(reading, "memory", memory.error().message);
  note_failure(memory.error());
}

void NvmlBoard::read_utilization(Device& device, GpuReading& reading, BootTime now) {
  if (!device.utilization.due(now)) return;
  const auto ratio = nvml_.utilization_ratio(device.handle);
  reading.utilization_ratio = value_of(ratio);
  set_absence(reading, "utilization", ratio ? "" : ratio.error().message);
  if (ratio) {
    device.utilization.worked();
    return;
  }
  device.utilization.failed(now, ratio.error().code);
  note_failure(ratio.error());
}

void NvmlBoard::read_processes(Device& device, GpuReading& reading, BootTime now) {
  if (!device.processes.due(now)) return;
  if (!reading.processes) reading.processes.emplace();
  const auto listed = nvml_.read_processes(device.handle, *reading.processes);
  set_absence(reading, "processes", listed ? "" : listed.error().message);
  if (listed) {
    device.processes.worked();
    device.evidence.lists_processes = true;
    device.evidence.listed = sum_of(*reading.processes);
    return;
  }
  reading.processes.reset();
  device.processes.failed(now, listed.error().code);
  note_failure(listed.error());
}

void NvmlBoard::ask_cuda_about(Device& device, const GpuReading& reading) {
  device.cuda_was_asked = true;
  if (cuda_library_.empty()) return;
  const auto answers = ask_cuda(cuda_library_, kCudaPatience);
  if (!answers) return;
  for (const auto& answer : *answers)
    if (answer.bus_id == reading.bus_id) device.evidence.integrated = answer.integrated;
}

void NvmlBoard::judge(Device& device, GpuReading& reading) {
  auto verdict = judge_memory(device.evidence);
  if (verdict.ask_cuda && !device.cuda_was_asked) {
    ask_cuda_about(device, reading);
    verdict = judge_memory(device.evidence);
  }
  reading.domain = verdict.domain;
  reading.domain_evidence = verdict.evidence;
  if (verdict.domain != MemoryDomain::unified) return;
  reading.used = reading.total = reading.reserved = std::nullopt;
  set_absence(reading, "memory", kUnifiedWhy);
}

std::vector<std::int32_t> NvmlBoard::numa_nodes() const {
  std::vector<std::int32_t> nodes;
  for (const auto& device : devices_)
    if (device.evidence.numa_node) nodes.push_back(*device.evidence.numa_node);
  return nodes;
}

}  // namespace tidemark
