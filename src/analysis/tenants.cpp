#include "analysis/tenants.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace tidemark {
namespace {

constexpr std::size_t kMostNamed = 4;

std::string name_of_pid(const SampleRow& sample, std::int32_t pid) {
  const auto known =
      std::ranges::find(sample.tenants, pid, [](const Tenant& tenant) { return tenant.id.pid; });
  return known == sample.tenants.end() ? std::string{} : known->name;
}

// MIG slices share an index.
bool is_device_of(const PoolPeak& pool, const GpuSample& gpu) {
  const bool same_uid = pool.device_uid.empty() || gpu.id.empty() || pool.device_uid == gpu.id;
  return pool.index == gpu.device_index && same_uid;
}

std::vector<PoolTenant> on_device(const SampleRow& sample, const PoolPeak& pool) {
  std::vector<PoolTenant> found;
  for (const auto& gpu : sample.gpus) {
    if (!is_device_of(pool, gpu)) continue;
    for (const auto& process : gpu.processes)
      if (!process.of_run && process.memory)
        found.push_back({process.pid, name_of_pid(sample, process.pid), *process.memory});
  }
  return found;
}

std::vector<PoolTenant> in_memory(const SampleRow& sample, PoolKind kind) {
  std::vector<PoolTenant> found;
  for (const auto& tenant : sample.tenants) {
    if (kind == PoolKind::cgroup && !tenant.in_cgroup) continue;
    Bytes held = tenant.held().value_or(Bytes{});
    if (kind == PoolKind::unified) held += tenant.gpu_memory.value_or(Bytes{});
    if (held.count > 0) found.push_back({tenant.id.pid, tenant.name, held});
  }
  return found;
}

}  // namespace

std::vector<PoolTenant> tenants_of(const SampleRow& sample, const PoolPeak& pool) {
  auto found = pool.kind == PoolKind::gpu ? on_device(sample, pool) : in_memory(sample, pool.kind);
  std::ranges::sort(found, [](const PoolTenant& a, const PoolTenant& b) {
    return std::tuple{b.held, a.pid} < std::tuple{a.held, b.pid};
  });
  return found;
}

std::string tenant_name(const PoolTenant& tenant) {
  return tenant.name.empty() ? fmt::format("pid {}", tenant.pid)
                             : fmt::format("{} (pid {})", tenant.name, tenant.pid);
}

std::string tenants_text(const std::vector<PoolTenant>& tenants) {
  std::string text;
  for (std::size_t i = 0; i < std::min(tenants.size(), kMostNamed); ++i)
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", tenant_name(tenants[i]),
                        format_bytes(tenants[i].held));
  if (tenants.size() > kMostNamed) text += fmt::format(" and {} more", tenants.size() - kMostNamed);
  return text;
}

}  // namespace tidemark
