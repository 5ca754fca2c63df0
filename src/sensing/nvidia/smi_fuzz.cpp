// Lines that claim to be nvidia-smi's. The first byte says of which kind.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "sensing/nvidia/smi_csv.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view line{reinterpret_cast<const char*>(data) + 1, size - 1};
  if (data[0] % 3 == 2) {
    if (const auto process = tidemark::parse_smi_process(line))
      std::ignore = tidemark::smi_memory(process->used_mib);
    return 0;
  }
  if (const auto gpu = tidemark::parse_smi_gpu(line, data[0] % 3 == 0)) {
    std::ignore = tidemark::smi_memory(gpu->used_mib);
    std::ignore = tidemark::smi_memory(gpu->total_mib);
  }
  return 0;
}
