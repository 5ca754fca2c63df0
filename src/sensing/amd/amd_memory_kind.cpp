#include "sensing/amd/amd_cards.h"
#include "sensing/amd/amd_files.h"

namespace tidemark {

// The kernel knows an APU (AMD_IS_APU) and has no file that says so. What depends on it:
// `board_info` (Linux 6.9) is there for cards alone, `uma/carveout` (7.0) for APUs alone, and the
// revisions of gpu_metrics are of different families. Sizes tell nothing: a small card in a large
// machine has more GTT than VRAM too.
AmdMemoryKind detect_amd_memory(const HostRoot& host, const std::string& folder) {
  if (host.exists(folder + "/board_info"))
    return {MemoryDomain::device, "amdgpu describes a board (board_info)"};
  if (host.exists(folder + "/uma/carveout"))
    return {MemoryDomain::unified, "amdgpu offers a carve-out of the machine's RAM (uma/carveout)"};
  const auto metrics = host.read(folder + "/gpu_metrics", 64);
  const auto revision = metrics ? parse_gpu_metrics_revision(*metrics) : std::nullopt;
  if (!revision)
    return {MemoryDomain::unknown, "this kernel's amdgpu does not tell an APU from a card"};
  if (revision->format == 2 || revision->format == 3)
    return {MemoryDomain::unified, "gpu_metrics has an APU's layout"};
  constexpr std::uint8_t kFirstOfMi300 = 4;  // 1.4 and later: MI300X, a card, and MI300A, an APU
  if (revision->format == 1 && revision->content < kFirstOfMi300)
    return {MemoryDomain::device, "gpu_metrics has a card's layout"};
  return {MemoryDomain::unknown, "gpu_metrics has a layout that cards and APUs share"};
}

}  // namespace tidemark
