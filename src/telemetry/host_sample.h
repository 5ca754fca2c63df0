// One tick's reading of everything: machine, cgroup, the run's processes. Observed values only;
// rates and shares are derived when they are read.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/bytes.h"
#include "core/time.h"
#include "telemetry/gpu_sample.h"
#include "telemetry/process_sample.h"
#include "telemetry/tenant.h"

namespace tidemark {

/// /proc/meminfo. `available` is the kernel's own estimate of what can be had without swapping.
struct HostMemory {
  Bytes total{};
  Bytes available{};
  std::optional<Bytes> swap_total{};
  std::optional<Bytes> swap_free{};
  std::optional<Bytes> page_cache{};  // Cached + Buffers - Shmem: what reclaim can drop
  std::optional<Bytes> shmem{};

  Bytes used() const { return total - available; }
  std::optional<Bytes> swap_used() const {
    if (!swap_total || !swap_free) return std::nullopt;
    return *swap_total - *swap_free;
  }
};

/// Memory of NUMA nodes that have no CPUs, all of which is inside `HostMemory::total` too: the HBM
/// of a Grace Hopper, which programs on the host get only when the rest is full or when they ask
/// for it. Other machines have such nodes as well (CXL memory, HBM of a Xeon Max): `of_gpus` tells.
struct CpulessMemory {
  Bytes total{};
  Bytes free{};          // MemFree; the kernel gives no MemAvailable per node
  bool of_gpus = false;  // the driver says that its GPUs are these nodes

  /// The host's total without these nodes, where they are the GPUs'.
  Bytes host_total(Bytes mem_total) const { return of_gpus ? less(mem_total, total) : mem_total; }
  /// What is used of that.
  Bytes host_used(Bytes used) const { return of_gpus ? less(used, total - free) : used; }

 private:
  static Bytes less(Bytes whole, Bytes part) { return whole > part ? whole - part : Bytes{}; }
};

/// Pressure stall information (Documentation/accounting/psi.rst). Ratios are 0..1.
struct Pressure {
  double some_avg10_ratio = 0;
  double full_avg10_ratio = 0;
  std::uint64_t some_us_total = 0;
  std::uint64_t full_us_total = 0;
};

/// Counters of /proc/vmstat and /proc/stat; all only grow.
struct HostCounters {
  std::optional<std::uint64_t> swap_in_pages_total{};
  std::optional<std::uint64_t> swap_out_pages_total{};
  std::optional<std::uint64_t> major_faults_total{};
  std::optional<std::uint64_t> oom_kill_total{};  // host-wide: another tenant's kill counts too
  std::optional<std::uint64_t> cpu_busy_ticks_total{};
  std::optional<std::uint64_t> cpu_ticks_total{};
};

/// The trainer's memory cgroup and the ancestor that limits it.
struct CgroupSample {
  std::optional<Bytes> usage{};        // memory.current / usage_in_bytes: includes page cache
  std::optional<Bytes> working_set{};  // usage - inactive_file, at the cgroup that has the limit
  std::optional<Bytes> limit{};        // lowest over all ancestors; absent: none below the machine
  std::optional<Bytes> peak_bound{};   // kernel watermark: page cache and earlier runs included
  std::optional<Bytes> swap{};
  std::optional<std::uint64_t> oom_kill_total{};  // of the trainer's own cgroup (leaf)
  std::optional<std::uint64_t>
      limit_hits_total{};  // v1 failcnt, v2 memory.events `oom`, at the limiting cgroup
  std::optional<Pressure> pressure{};
  std::optional<Bytes>
      throttle_limit{};  // v2 memory.high, lowest over all ancestors: slows, never kills
};

/// The trainer's /dev/shm.
struct ShmSample {
  Bytes total{};
  Bytes used{};
};

/// The trainer's own ceilings (/proc/PID/limits) and what counts against them.
struct ProcessLimits {
  std::optional<Bytes> address_space_limit{};  // RLIMIT_AS; absent: unlimited
  std::optional<Bytes> data_limit{};           // RLIMIT_DATA
  std::optional<Bytes> address_space_used{};   // VmSize
  std::optional<Bytes> data_used{};            // VmData
};

struct HostSample {
  BootTime at{};                    // when the reading began
  std::chrono::nanoseconds took{};  // width of the reading
  std::optional<HostMemory> memory{};
  HostCounters counters{};
  std::optional<Pressure> pressure{};  // absent: this kernel has no PSI
  std::optional<CgroupSample> cgroup{};
  std::optional<ShmSample> shm{};
  std::optional<ProcessLimits> limits{};
  std::vector<ProcessSample> processes{};  // main first, when it lives
  std::vector<GpuSample> gpus{};           // the whole machine's; `of_run` tells the run's
  std::optional<CpulessMemory> cpuless{};  // absent: every node with memory has CPUs
  std::optional<TenantScan> tenants{};     // the latest scan; absent: none yet, or tracking is off
};

/// Sums over the run's processes, as the contract's columns want them.
struct ProcessTotals {
  std::optional<Bytes> main_pss{};  // PSS where it is known, else RSS
  std::optional<Bytes> main_rss{};
  std::optional<Bytes> worker_pss{};  // absent: tracking per process is off
  std::optional<Bytes> worker_uss{};  // what ending the workers gives back
  std::optional<Bytes> worker_rss{};  // counts shared pages once per worker: shown, never added
  std::int64_t worker_count = 0;
  std::optional<Bytes> child_pss{};  // descendants that are no workers
  std::int64_t child_count = 0;
  PssBasis basis = PssBasis::none;  // the weakest of all parts
};

ProcessTotals total_processes(const std::vector<ProcessSample>& processes);

}  // namespace tidemark
