// Every parser of text that GPUs' drivers, the kernel's GPU files and the trainer's environment
// give. The first byte says which; the rest is its text.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "sensing/amd/amd_files.h"
#include "sensing/linux/parsers/numa_node.h"
#include "sensing/nvidia/nvml_library.h"
#include "sensing/nvidia/smi_csv.h"
#include "sensing/nvidia/visible_devices.h"

namespace tidemark {
namespace {

void parse_gpu(std::string_view line, bool with_reserved) {
  const auto gpu = parse_smi_gpu(line, with_reserved);
  if (!gpu) return;
  for (const auto& value : {gpu->used_mib, gpu->total_mib, gpu->reserved_mib})
    std::ignore = smi_memory(value);
  std::ignore = short_bus_id(gpu->bus_id);
}

void parse_process(std::string_view line) {
  if (const auto process = parse_smi_process(line)) std::ignore = smi_memory(process->used_mib);
}

void choose_visible(std::string_view environ) {
  const auto environment = parse_gpu_environment(environ);
  if (!environment.cuda_visible_devices) return;
  static const std::array<GpuReading, 3> readings{
      GpuReading{.index = 0, .id = "GPU-a1", .bus_id = "0000:41:00.0"},
      GpuReading{.index = 1, .id = "MIG-b2", .bus_id = "0000:01:00.0", .is_mig = true},
      GpuReading{.index = 1, .id = "MIG-b3", .bus_id = "0000:01:00.0", .is_mig = true}};
  std::vector<char> visible(readings.size(), 1);
  std::ignore = mark_visible({.value = *environment.cuda_visible_devices, .in_bus_order = true},
                             readings, visible);
}

constexpr std::array<void (*)(std::string_view), 7> kParsers{
    [](std::string_view text) { parse_gpu(text, true); },
    [](std::string_view text) { parse_gpu(text, false); },
    parse_process,
    choose_visible,
    [](std::string_view text) { std::ignore = parse_drm_client(text); },
    [](std::string_view text) {
      std::ignore = parse_gpu_metrics_revision(text);
      std::ignore = parse_byte_count(text);
      std::ignore = parse_busy_percent(text);
    },
    [](std::string_view text) { std::ignore = parse_numa_node_meminfo(text); },
};

}  // namespace
}  // namespace tidemark

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  tidemark::kParsers[data[0] % tidemark::kParsers.size()](text);
  return 0;
}
