// Which column of MetricsSample is which member of SampleRow, and how enumerators are called in the
// tables. Private to store.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "telemetry/sample_row.h"

namespace tidemark {

/// One table for writing, reading and handing on, so that they cannot disagree: the member and the
/// unit that its column has.
struct Gib {
  std::optional<Bytes> SampleRow::* field;
};
struct Percent {
  std::optional<double> SampleRow::* field;
};
struct Ratio {
  std::optional<double> SampleRow::* field;
};
struct Size {
  std::optional<Bytes> SampleRow::* field;
};
struct Count {
  std::optional<std::int64_t> SampleRow::* field;
};
struct Total {
  std::optional<std::uint64_t> SampleRow::* field;
};

struct SampleColumn {
  std::string_view name;
  std::variant<Gib, Percent, Ratio, Size, Count, Total> field;
};

inline constexpr std::array kSampleColumns{
    SampleColumn{"total_memory_gb", Gib{&SampleRow::total}},
    SampleColumn{"used_memory_gb", Gib{&SampleRow::used}},
    SampleColumn{"available_memory_gb", Gib{&SampleRow::available}},
    SampleColumn{"swap_used_gb", Gib{&SampleRow::swap_used}},
    SampleColumn{"main_process_memory_gb", Gib{&SampleRow::main_process}},
    SampleColumn{"worker_memory_gb", Gib{&SampleRow::worker}},
    SampleColumn{"worker_count", Count{&SampleRow::worker_count}},
    SampleColumn{"gpu_memory_used_gb", Gib{&SampleRow::gpu_memory_used}},
    SampleColumn{"gpu_utilization_percent", Percent{&SampleRow::gpu_utilization_ratio}},
    SampleColumn{"cpu_utilization_percent", Percent{&SampleRow::cpu_utilization_ratio}},
    SampleColumn{"main_rss_bytes", Size{&SampleRow::main_rss}},
    SampleColumn{"main_peak_rss_bytes", Size{&SampleRow::main_peak_rss}},
    SampleColumn{"main_swap_bytes", Size{&SampleRow::main_swap}},
    SampleColumn{"worker_uss_bytes", Size{&SampleRow::worker_uss}},
    SampleColumn{"worker_rss_bytes", Size{&SampleRow::worker_rss}},
    SampleColumn{"child_bytes", Size{&SampleRow::child}},
    SampleColumn{"child_count", Count{&SampleRow::child_count}},
    SampleColumn{"page_cache_bytes", Size{&SampleRow::page_cache}},
    SampleColumn{"cgroup_usage_bytes", Size{&SampleRow::cgroup_usage}},
    SampleColumn{"cgroup_working_set_bytes", Size{&SampleRow::cgroup_working_set}},
    SampleColumn{"cgroup_limit_bytes", Size{&SampleRow::cgroup_limit}},
    SampleColumn{"cgroup_peak_bound_bytes", Size{&SampleRow::cgroup_peak_bound}},
    SampleColumn{"cgroup_oom_kill_total", Total{&SampleRow::cgroup_oom_kill_total}},
    SampleColumn{"cgroup_limit_hits_total", Total{&SampleRow::cgroup_limit_hits_total}},
    SampleColumn{"shm_used_bytes", Size{&SampleRow::shm_used}},
    SampleColumn{"shm_total_bytes", Size{&SampleRow::shm_total}},
    SampleColumn{"address_space_used_bytes", Size{&SampleRow::address_space_used}},
    SampleColumn{"address_space_limit_bytes", Size{&SampleRow::address_space_limit}},
    SampleColumn{"data_used_bytes", Size{&SampleRow::data_used}},
    SampleColumn{"data_limit_bytes", Size{&SampleRow::data_limit}},
    SampleColumn{"swap_in_pages_total", Total{&SampleRow::swap_in_pages_total}},
    SampleColumn{"swap_out_pages_total", Total{&SampleRow::swap_out_pages_total}},
    SampleColumn{"major_faults_total", Total{&SampleRow::major_faults_total}},
    SampleColumn{"oom_kill_total", Total{&SampleRow::oom_kill_total}},
    SampleColumn{"pressure_some_ratio", Ratio{&SampleRow::pressure_some_ratio}},
    SampleColumn{"pressure_full_ratio", Ratio{&SampleRow::pressure_full_ratio}},
    SampleColumn{"gpu_run_memory_bytes", Size{&SampleRow::gpu_run_memory}},
    SampleColumn{"cpuless_total_bytes", Size{&SampleRow::cpuless_total}},
    SampleColumn{"cpuless_free_bytes", Size{&SampleRow::cpuless_free}},
    SampleColumn{"host_pressure_some_us_total", Total{&SampleRow::host_pressure_some_us_total}},
    SampleColumn{"host_pressure_full_us_total", Total{&SampleRow::host_pressure_full_us_total}},
    SampleColumn{"cgroup_pressure_some_us_total", Total{&SampleRow::cgroup_pressure_some_us_total}},
    SampleColumn{"cgroup_pressure_full_us_total", Total{&SampleRow::cgroup_pressure_full_us_total}},
    SampleColumn{"main_anon_bytes", Size{&SampleRow::main_anon}},
    SampleColumn{"main_shmem_bytes", Size{&SampleRow::main_shmem}},
    SampleColumn{"main_major_faults_total", Total{&SampleRow::main_major_faults_total}},
    SampleColumn{"tenant_bytes", Size{&SampleRow::tenant_memory}},
    SampleColumn{"tenant_cgroup_bytes", Size{&SampleRow::tenant_cgroup_memory}},
};

inline constexpr std::array kBasisNames{std::string_view{"none"}, std::string_view{"measured"},
                                        std::string_view{"scaled"}, std::string_view{"pending"},
                                        std::string_view{"kernel"}};
inline constexpr std::array kSourceNames{std::string_view{"hook"}, std::string_view{"loss_log"},
                                         std::string_view{"bar"}};

}  // namespace tidemark
