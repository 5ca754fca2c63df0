#include "sensing/linux/cpuless_memory.h"

#include <algorithm>

#include "sensing/linux/parsers/numa_node.h"
#include "sensing/text/scan.h"

namespace tidemark {
namespace {

constexpr std::string_view kNodes = "sys/devices/system/node";

std::optional<std::int32_t> node_number(std::string_view name) {
  constexpr std::string_view kPrefix = "node";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  const auto number = parse_count(name.substr(kPrefix.size()));
  if (!number || *number > 65'535) return std::nullopt;
  return static_cast<std::int32_t>(*number);
}

// No memory: one of the nodes that a Grace Hopper keeps for MIG slices.
std::optional<NumaNodeMemory> read_cpuless_node(const HostRoot& host, std::string_view name) {
  auto folder = std::string{kNodes};
  folder.append("/").append(name);
  const auto cpus = host.read(folder + "/cpulist");
  if (!cpus) return std::nullopt;
  std::string_view list = *cpus;
  if (!take_word(list).empty()) return std::nullopt;
  const auto text = host.read(folder + "/meminfo");
  const auto memory = text ? parse_numa_node_meminfo(*text) : std::nullopt;
  return memory && memory->total.count > 0 ? memory : std::nullopt;
}

}  // namespace

std::optional<CpulessMemory> read_cpuless_memory(const HostRoot& host,
                                                 std::span<const std::int32_t> gpu_nodes) {
  const auto names = host.list(kNodes);
  if (!names) return std::nullopt;
  CpulessMemory all;
  CpulessMemory gpus{.of_gpus = true};
  for (const auto& name : *names) {
    const auto number = node_number(name);
    const auto memory = number ? read_cpuless_node(host, name) : std::nullopt;
    if (!memory) continue;
    const bool of_gpu = std::ranges::find(gpu_nodes, *number) != gpu_nodes.end();
    for (auto* const sum : {&all, of_gpu ? &gpus : nullptr}) {
      if (sum == nullptr) continue;
      sum->total += memory->total;
      sum->free += memory->free;
    }
  }
  if (gpus.total.count > 0) return gpus;
  return all.total.count > 0 ? std::optional{all} : std::nullopt;
}

}  // namespace tidemark
