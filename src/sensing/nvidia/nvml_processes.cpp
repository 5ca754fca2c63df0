#include "sensing/nvidia/nvml_processes.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <limits>
#include <span>

#include "sensing/nvidia/nvml_abi.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostProcesses = 256;  // more on one device are not looked at
constexpr std::size_t kLargestEntry = sizeof(nvml::ProcessV3Of535);
constexpr std::byte kUntouched{0xA5};

// The first drivers of the 535 series wrote entries of 32 bytes under the name of those of 24: seen
// by where the last entry's bytes end. The buffer holds as many of the larger as were asked for.
std::size_t entry_bytes(NvmlProcessList::Layout layout, std::span<const std::byte> buffer,
                        std::size_t count) {
  if (layout == NvmlProcessList::Layout::v1) return sizeof(nvml::ProcessV1);
  const auto beyond = buffer.subspan(count * sizeof(nvml::ProcessV2),
                                     count * (kLargestEntry - sizeof(nvml::ProcessV2)));
  const auto touched = std::ranges::any_of(beyond, [](std::byte b) { return b != kUntouched; });
  return touched ? kLargestEntry : sizeof(nvml::ProcessV2);
}

GpuProcessReading entry_at(std::span<const std::byte> bytes) {
  nvml::ProcessV1 entry{};  // the other layouts begin with it
  std::memcpy(&entry, bytes.data(), sizeof entry);
  GpuProcessReading process;
  if (entry.pid <= static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max()))
    process.pid = static_cast<std::int32_t>(entry.pid);
  if (entry.used < std::uint64_t{1} << 60)  // kNotAvailable too is above
    process.memory = Bytes{static_cast<std::int64_t>(entry.used)};
  return process;
}

void add(std::vector<GpuProcessReading>& processes, const GpuProcessReading& process) {
  if (process.pid <= 0) return;
  const auto known = std::ranges::find(processes, process.pid, &GpuProcessReading::pid);
  if (known == processes.end())
    processes.push_back(process);
  else
    known->memory = std::max(known->memory, process.memory);
}

}  // namespace

int append_nvml_processes(const NvmlProcessList& list, void* device,
                          std::vector<GpuProcessReading>& processes) {
  if (list.function == nullptr) return nvml::kFunctionNotFound;
  alignas(nvml::ProcessV3Of535) std::array<std::byte, kMostProcesses * kLargestEntry> buffer;
  buffer.fill(kUntouched);
  auto count = static_cast<unsigned>(kMostProcesses);
  const auto code = list.function(device, &count, buffer.data());
  // More processes than there is room for: what was written is not said, so nothing is taken.
  if (code != nvml::kSuccess) return code;
  const auto entries = std::min<std::size_t>(count, kMostProcesses);
  const auto size = entry_bytes(list.layout, buffer, entries);
  for (std::size_t i = 0; i < entries; ++i)
    add(processes, entry_at(std::span{buffer}.subspan(i * size, size)));
  return code;
}

}  // namespace tidemark
