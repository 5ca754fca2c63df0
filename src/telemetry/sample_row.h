// One background sample in the form it is kept: a row of MetricsSample, with the details of single
// processes and devices only where they are kept too (at events, at new peaks, once a minute).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "telemetry/gpu_sample.h"
#include "telemetry/process_sample.h"
#include "telemetry/tenant.h"

namespace tidemark {

/// Why a sample was taken; `oom_report`: it is the kernel's own account of a kill
/// (telemetry/oom_record.h).
enum class SampleCause : std::uint8_t { tick, climb, event, oom_report };
std::string_view name_of(SampleCause cause);

struct SampleRow {
  std::int64_t id = 0;  // rowid once it is stored
  double unix_seconds = 0;

  // The contract's columns. Used, total and available are the machine's.
  std::optional<Bytes> total{};
  std::optional<Bytes> used{};
  std::optional<Bytes> available{};
  std::optional<Bytes> swap_used{};
  std::optional<Bytes> main_process{};  // PSS, see process_basis; RSS where PSS was never read
  std::optional<Bytes> worker{};        // sum of the workers' PSS
  std::optional<std::int64_t> worker_count{};  // absent: tracking per process is off
  std::optional<Bytes> gpu_memory_used{};
  std::optional<double> gpu_utilization_ratio{};
  std::optional<double> cpu_utilization_ratio{};  // since the sample before

  // Ours, beside them.
  SampleCause cause = SampleCause::tick;
  PssBasis process_basis = PssBasis::none;
  std::optional<Bytes> main_rss{};
  std::optional<Bytes> main_peak_rss{};  // VmHWM
  std::optional<Bytes> main_swap{};
  std::optional<Bytes> worker_uss{};
  std::optional<Bytes> worker_rss{};
  std::optional<Bytes> child{};
  std::optional<std::int64_t> child_count{};
  std::optional<Bytes> page_cache{};
  std::optional<Bytes> cgroup_usage{};
  std::optional<Bytes> cgroup_working_set{};
  std::optional<Bytes> cgroup_limit{};
  std::optional<Bytes> cgroup_peak_bound{};
  std::optional<std::uint64_t> cgroup_oom_kill_total{};
  std::optional<std::uint64_t> cgroup_limit_hits_total{};
  std::optional<Bytes> shm_used{};
  std::optional<Bytes> shm_total{};
  std::optional<Bytes> address_space_used{};
  std::optional<Bytes> address_space_limit{};
  std::optional<Bytes> data_used{};
  std::optional<Bytes> data_limit{};
  std::optional<std::uint64_t> swap_in_pages_total{};
  std::optional<std::uint64_t> swap_out_pages_total{};
  std::optional<std::uint64_t> major_faults_total{};
  std::optional<std::uint64_t> oom_kill_total{};  // host-wide
  std::optional<Bytes> gpu_run_memory{};          // the run's own, over its GPUs
  std::optional<Bytes> cpuless_total{};           // NUMA nodes without CPUs, inside `total`
  std::optional<Bytes> cpuless_free{};
  std::optional<double> pressure_some_ratio{};  // PSI avg10 of the cgroup, else of the host
  std::optional<double> pressure_full_ratio{};
  // PSI's totals: how long some task, or all of them, waited for memory since the boot (or since
  // the cgroup was made).
  std::optional<std::uint64_t> host_pressure_some_us_total{};
  std::optional<std::uint64_t> host_pressure_full_us_total{};
  std::optional<std::uint64_t> cgroup_pressure_some_us_total{};
  std::optional<std::uint64_t> cgroup_pressure_full_us_total{};
  std::optional<Bytes> main_anon{};   // RssAnon
  std::optional<Bytes> main_shmem{};  // RssShmem: shared and pinned memory
  std::optional<std::uint64_t> main_major_faults_total{};
  // Of the processes outside the run that hold much: the sum of what each counts with
  // (Tenant::held) in the latest scan.
  std::optional<Bytes> tenant_memory{};
  std::optional<Bytes> tenant_cgroup_memory{};  // of those in the trainer's cgroup

  std::vector<ProcessSample> processes{};
  std::vector<GpuSample> gpus{};
  std::vector<Tenant> tenants{};  // only in the first row after a scan that found something new
};

}  // namespace tidemark
