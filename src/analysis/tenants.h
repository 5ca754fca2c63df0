// Other programs at a pool's peak: who they were and what they held of it. Private to analysis.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.h"

namespace tidemark {

/// One program outside the run, with what it held of the pool in question.
struct PoolTenant {
  std::int32_t pid = 0;
  std::string name{};  // empty: the driver gave its pid alone
  Bytes held{};
};

/// Largest first. Of the machine: all of them, on unified memory with what they hold through the
/// GPU; of a cgroup: its members; of a device: who its driver lists. Empty: none, or never looked.
std::vector<PoolTenant> tenants_of(const SampleRow& sample, const PoolPeak& pool);

/// "ComfyUI (pid 300) 16.0 GB, ollama (pid 301) 8.0 GB and 2 more"
std::string tenants_text(const std::vector<PoolTenant>& tenants);

/// "ComfyUI (pid 300)", "pid 300"
std::string tenant_name(const PoolTenant& tenant);

}  // namespace tidemark
