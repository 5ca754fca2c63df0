// One look at the processes outside the run: which of them hold much.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/time.h"
#include "os/host_root.h"
#include "telemetry/tenant.h"

namespace tidemark {

struct TenantQuestion {
  std::vector<std::int32_t> run_pids{};  // these are no tenants
  std::vector<std::int32_t> gpu_pids{};  // these are, however little RAM they hold
  std::string limiting_cgroup{};         // whose members count as `in_cgroup`; empty: nobody's
  Bytes machine_total{};
  bool may_read_pss = true;  // smaps_rollup takes the lock of the process's address space
};

/// Reads one small file of every process of the machine, and three more of the largest eight that
/// hold at least 64 MiB and half a percent of the machine; members of the limiting cgroup come
/// before others, and count from 16 MiB on. Their PSS is read where that costs a few
/// milliseconds in all, smaller ones first where not all fit. What a process denies us is absent.
std::vector<Tenant> scan_tenants(const HostRoot& host, const TenantQuestion& question);

}  // namespace tidemark
