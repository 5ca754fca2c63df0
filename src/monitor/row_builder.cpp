#include "monitor/row_builder.h"

#include <algorithm>

namespace tidemark {
namespace {

// CPU share of the whole machine between two samples: 0..1 over all processors.
std::optional<double> cpu_ratio(const HostCounters& now, const HostCounters& before) {
  if (!now.cpu_busy_ticks_total || !now.cpu_ticks_total || !before.cpu_busy_ticks_total ||
      !before.cpu_ticks_total || *now.cpu_ticks_total <= *before.cpu_ticks_total ||
      *now.cpu_busy_ticks_total < *before.cpu_busy_ticks_total)
    return std::nullopt;
  const auto busy = static_cast<double>(*now.cpu_busy_ticks_total - *before.cpu_busy_ticks_total);
  const auto all = static_cast<double>(*now.cpu_ticks_total - *before.cpu_ticks_total);
  return std::min(busy / all, 1.0);
}

void fill_host(SampleRow& row, const HostSample& sample) {
  if (sample.memory) {
    row.total = sample.memory->total;
    row.used = sample.memory->used();
    row.available = sample.memory->available;
    row.swap_used = sample.memory->swap_used();
    row.page_cache = sample.memory->page_cache;
  }
  row.swap_in_pages_total = sample.counters.swap_in_pages_total;
  row.swap_out_pages_total = sample.counters.swap_out_pages_total;
  row.major_faults_total = sample.counters.major_faults_total;
  row.oom_kill_total = sample.counters.oom_kill_total;
  if (sample.shm) {
    row.shm_used = sample.shm->used;
    row.shm_total = sample.shm->total;
  }
  if (sample.pressure) {
    row.host_pressure_some_us_total = sample.pressure->some_us_total;
    row.host_pressure_full_us_total = sample.pressure->full_us_total;
  }
  const auto& pressure =
      sample.cgroup && sample.cgroup->pressure ? sample.cgroup->pressure : sample.pressure;
  if (pressure) {
    row.pressure_some_ratio = pressure->some_avg10_ratio;
    row.pressure_full_ratio = pressure->full_avg10_ratio;
  }
}

void fill_limits(SampleRow& row, const HostSample& sample) {
  if (sample.cgroup) {
    row.cgroup_usage = sample.cgroup->usage;
    row.cgroup_working_set = sample.cgroup->working_set;
    row.cgroup_limit = sample.cgroup->limit;
    row.cgroup_peak_bound = sample.cgroup->peak_bound;
    row.cgroup_oom_kill_total = sample.cgroup->oom_kill_total;
    row.cgroup_limit_hits_total = sample.cgroup->limit_hits_total;
    if (sample.cgroup->pressure) {
      row.cgroup_pressure_some_us_total = sample.cgroup->pressure->some_us_total;
      row.cgroup_pressure_full_us_total = sample.cgroup->pressure->full_us_total;
    }
  }
  if (sample.limits) {
    row.address_space_used = sample.limits->address_space_used;
    row.address_space_limit = sample.limits->address_space_limit;
    row.data_used = sample.limits->data_used;
    row.data_limit = sample.limits->data_limit;
  }
}

void fill_processes(SampleRow& row, const HostSample& sample) {
  if (sample.processes.empty()) return;  // the run has ended: nothing is held, nothing is claimed
  const auto totals = total_processes(sample.processes);
  row.process_basis = totals.basis;
  row.main_process = totals.main_pss;
  row.main_rss = totals.main_rss;
  row.worker = totals.worker_count > 0 ? totals.worker_pss : std::optional{Bytes{}};
  row.worker_count = totals.worker_count;
  row.worker_uss = totals.worker_uss;
  row.worker_rss = totals.worker_rss;
  row.child = totals.child_pss;
  row.child_count = totals.child_count;
  for (const auto& process : sample.processes) {
    if (process.role != ProcessRole::main) continue;
    row.main_peak_rss = process.peak_rss;
    row.main_swap = process.swap;
    row.main_anon = process.rss_anon;
    row.main_shmem = process.rss_shmem;
    row.main_major_faults_total = process.major_faults_total;
  }
}

// Of the run's GPUs alone. A device without memory of its own counts with what programs hold on it.
void fill_gpus(SampleRow& row, const HostSample& sample) {
  double utilization_sum = 0;
  int utilization_count = 0;
  for (const auto& gpu : sample.gpus) {
    if (!gpu.of_run) continue;
    row.gpus.push_back(gpu);
    const auto& used = gpu.domain == MemoryDomain::unified ? gpu.memory_held : gpu.memory_used;
    if (used) row.gpu_memory_used = row.gpu_memory_used.value_or(Bytes{}) + *used;
    if (gpu.run_memory) row.gpu_run_memory = row.gpu_run_memory.value_or(Bytes{}) + *gpu.run_memory;
    if (!gpu.utilization_ratio) continue;
    utilization_sum += *gpu.utilization_ratio;
    ++utilization_count;
  }
  if (utilization_count > 0) row.gpu_utilization_ratio = utilization_sum / utilization_count;
  if (!sample.cpuless) return;
  row.cpuless_total = sample.cpuless->total;
  row.cpuless_free = sample.cpuless->free;
}

void fill_tenants(SampleRow& row, const HostSample& sample) {
  if (!sample.tenants) return;
  row.tenant_memory = total_held(sample.tenants->tenants, false);
  row.tenant_cgroup_memory = total_held(sample.tenants->tenants, true);
  row.tenants = sample.tenants->tenants;
}

}  // namespace

SampleRow build_row(const HostSample& sample, const HostSample* before, const ClockAnchor& anchor,
                    SampleCause cause, bool with_details) {
  SampleRow row;
  row.unix_seconds = anchor.unix_seconds(sample.at);
  row.cause = cause;
  if (before != nullptr) row.cpu_utilization_ratio = cpu_ratio(sample.counters, before->counters);
  fill_host(row, sample);
  fill_limits(row, sample);
  fill_processes(row, sample);
  fill_gpus(row, sample);
  fill_tenants(row, sample);
  if (with_details) row.processes = sample.processes;
  return row;
}

}  // namespace tidemark
