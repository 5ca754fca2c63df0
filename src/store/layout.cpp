// The tables of schema version 3. Of each contract table the first columns are the contract to the
// letter; what follows is ours and nullable. Everything here can be said in Prisma's language:
// every table has a primary key, every index is a plain one under the name that Prisma gives it,
// 64-bit counts are BIGINT (its BigInt; SQLite's integer affinity all the same), no column is
// declared JSON.
#include <array>

#include "store/store.h"

namespace tidemark {
namespace {

constexpr std::string_view kId = "INTEGER PRIMARY KEY AUTOINCREMENT";

constexpr std::array kMetricsSample{
    ColumnLayout{"id", kId},
    ColumnLayout{"job_id", "TEXT NOT NULL"},
    ColumnLayout{"timestamp", "REAL NOT NULL"},
    ColumnLayout{"total_memory_gb", "REAL"},
    ColumnLayout{"used_memory_gb", "REAL"},
    ColumnLayout{"available_memory_gb", "REAL"},
    ColumnLayout{"swap_used_gb", "REAL"},
    ColumnLayout{"main_process_memory_gb", "REAL"},
    ColumnLayout{"worker_memory_gb", "REAL"},
    ColumnLayout{"worker_count", "INTEGER"},
    ColumnLayout{"gpu_memory_used_gb", "REAL"},
    ColumnLayout{"gpu_utilization_percent", "REAL"},
    ColumnLayout{"cpu_utilization_percent", "REAL"},
    ColumnLayout{"run_id", "INTEGER"},
    ColumnLayout{"cause", "TEXT"},
    ColumnLayout{"process_basis", "TEXT"},
    ColumnLayout{"gpu_count", "INTEGER"},
    ColumnLayout{"main_rss_bytes", "BIGINT"},
    ColumnLayout{"main_peak_rss_bytes", "BIGINT"},
    ColumnLayout{"main_swap_bytes", "BIGINT"},
    ColumnLayout{"worker_uss_bytes", "BIGINT"},
    ColumnLayout{"worker_rss_bytes", "BIGINT"},
    ColumnLayout{"child_bytes", "BIGINT"},
    ColumnLayout{"child_count", "INTEGER"},
    ColumnLayout{"page_cache_bytes", "BIGINT"},
    ColumnLayout{"cgroup_usage_bytes", "BIGINT"},
    ColumnLayout{"cgroup_working_set_bytes", "BIGINT"},
    ColumnLayout{"cgroup_limit_bytes", "BIGINT"},
    ColumnLayout{"cgroup_peak_bound_bytes", "BIGINT"},
    ColumnLayout{"cgroup_oom_kill_total", "BIGINT"},
    ColumnLayout{"cgroup_limit_hits_total", "BIGINT"},
    ColumnLayout{"shm_used_bytes", "BIGINT"},
    ColumnLayout{"shm_total_bytes", "BIGINT"},
    ColumnLayout{"address_space_used_bytes", "BIGINT"},
    ColumnLayout{"address_space_limit_bytes", "BIGINT"},
    ColumnLayout{"data_used_bytes", "BIGINT"},
    ColumnLayout{"data_limit_bytes", "BIGINT"},
    ColumnLayout{"swap_in_pages_total", "BIGINT"},
    ColumnLayout{"swap_out_pages_total", "BIGINT"},
    ColumnLayout{"major_faults_total", "BIGINT"},
    ColumnLayout{"oom_kill_total", "BIGINT"},
    ColumnLayout{"pressure_some_ratio", "REAL"},
    ColumnLayout{"pressure_full_ratio", "REAL"},
    ColumnLayout{"gpu_run_memory_bytes", "BIGINT"},
    ColumnLayout{"cpuless_total_bytes", "BIGINT"},
    ColumnLayout{"cpuless_free_bytes", "BIGINT"},
    ColumnLayout{"host_pressure_some_us_total", "BIGINT"},
    ColumnLayout{"host_pressure_full_us_total", "BIGINT"},
    ColumnLayout{"cgroup_pressure_some_us_total", "BIGINT"},
    ColumnLayout{"cgroup_pressure_full_us_total", "BIGINT"},
    ColumnLayout{"main_anon_bytes", "BIGINT"},
    ColumnLayout{"main_shmem_bytes", "BIGINT"},
    ColumnLayout{"main_major_faults_total", "BIGINT"},
    ColumnLayout{"tenant_bytes", "BIGINT"},
    ColumnLayout{"tenant_cgroup_bytes", "BIGINT"},
    ColumnLayout{"tenant_count", "INTEGER"},
};

constexpr std::array kTrainingEvent{
    ColumnLayout{"id", kId},
    ColumnLayout{"job_id", "TEXT NOT NULL"},
    ColumnLayout{"timestamp", "REAL NOT NULL"},
    ColumnLayout{"event_type", "TEXT NOT NULL"},
    ColumnLayout{"details", "TEXT"},
    ColumnLayout{"memory_snapshot_id", "INTEGER"},
    ColumnLayout{"run_id", "INTEGER"},
    ColumnLayout{"rank", "INTEGER"},
};

constexpr std::array kStepMetric{
    ColumnLayout{"id", kId},
    ColumnLayout{"job_id", "TEXT NOT NULL"},
    ColumnLayout{"step", "INTEGER NOT NULL"},
    ColumnLayout{"timestamp", "REAL NOT NULL"},
    ColumnLayout{"loss", "REAL"},
    ColumnLayout{"batch_size", "INTEGER"},
    ColumnLayout{"gradient_norm", "REAL"},
    ColumnLayout{"learning_rate", "REAL"},
    ColumnLayout{"step_time_seconds", "REAL"},
    ColumnLayout{"run_id", "INTEGER"},
    ColumnLayout{"rank", "INTEGER"},
    ColumnLayout{"source", "TEXT"},
    ColumnLayout{"data_wait_seconds", "REAL"},
    ColumnLayout{"total_steps", "INTEGER"},
    ColumnLayout{"nan_columns", "TEXT"},
};

constexpr std::array kAnalysisReport{
    ColumnLayout{"id", kId},
    ColumnLayout{"job_id", "TEXT NOT NULL"},
    ColumnLayout{"created_at", "REAL NOT NULL"},
    ColumnLayout{"summary", "TEXT NOT NULL"},
    ColumnLayout{"recommendations", "TEXT NOT NULL"},
    ColumnLayout{"log_errors", "TEXT"},
    ColumnLayout{"peak_memory_gb", "REAL"},
    ColumnLayout{"health_score", "TEXT"},
    ColumnLayout{"run_id", "INTEGER"},
    ColumnLayout{"analysis", "TEXT"},
};

constexpr std::array kTidemarkJob{
    ColumnLayout{"id", "TEXT NOT NULL PRIMARY KEY"},
    ColumnLayout{"name", "TEXT NOT NULL"},
    ColumnLayout{"created_at", "REAL NOT NULL"},
};

constexpr std::array kTidemarkRun{
    ColumnLayout{"id", kId},
    ColumnLayout{"job_id", "TEXT NOT NULL"},
    ColumnLayout{"number", "INTEGER NOT NULL"},
    ColumnLayout{"status", "TEXT NOT NULL"},
    ColumnLayout{"started_at", "REAL NOT NULL"},
    ColumnLayout{"ended_at", "REAL"},
    ColumnLayout{"host", "TEXT"},
    ColumnLayout{"boot_id", "TEXT"},
    ColumnLayout{"process_pid", "INTEGER"},
    ColumnLayout{"process_start_ticks", "BIGINT"},
    ColumnLayout{"monitor_pid", "INTEGER"},
    ColumnLayout{"monitor_start_ticks", "BIGINT"},
    ColumnLayout{"command", "TEXT"},
    ColumnLayout{"working_directory", "TEXT"},
    ColumnLayout{"config_path", "TEXT"},
    ColumnLayout{"config", "TEXT"},
    ColumnLayout{"monitoring_enabled", "INTEGER"},
    ColumnLayout{"sample_interval_seconds", "REAL"},
    ColumnLayout{"track_per_process", "INTEGER"},
    ColumnLayout{"analyze_on_complete", "INTEGER"},
    ColumnLayout{"memory_warning_ratio", "REAL"},
    ColumnLayout{"memory_critical_ratio", "REAL"},
    ColumnLayout{"performance_log_every", "BIGINT"},
    ColumnLayout{"anchor_boot_ns", "BIGINT"},
    ColumnLayout{"anchor_wall_ns", "BIGINT"},
    ColumnLayout{"tidemark_version", "TEXT"},
    ColumnLayout{"exit_kind", "TEXT"},
    ColumnLayout{"exit_code", "INTEGER"},
    ColumnLayout{"exit_signal", "INTEGER"},
    ColumnLayout{"exit_evidence", "TEXT"},
    ColumnLayout{"main_max_rss_bytes", "BIGINT"},
    ColumnLayout{"monitor_cpu_seconds", "REAL"},
    ColumnLayout{"monitor_pss_bytes", "BIGINT"},
};

constexpr std::array kTidemarkGpuSample{
    ColumnLayout{"id", kId},
    ColumnLayout{"sample_id", "INTEGER NOT NULL"},
    ColumnLayout{"device_index", "INTEGER NOT NULL"},
    ColumnLayout{"memory_used_bytes", "BIGINT"},
    ColumnLayout{"memory_total_bytes", "BIGINT"},
    ColumnLayout{"utilization_ratio", "REAL"},
    ColumnLayout{"memory_reserved_bytes", "BIGINT"},
    ColumnLayout{"memory_held_bytes", "BIGINT"},
    ColumnLayout{"run_memory_bytes", "BIGINT"},
    ColumnLayout{"domain", "TEXT"},
    ColumnLayout{"of_run", "INTEGER"},
    ColumnLayout{"device_uid", "TEXT"},
    ColumnLayout{"name", "TEXT"},
    ColumnLayout{"carve_out_total_bytes", "BIGINT"},
    ColumnLayout{"carve_out_used_bytes", "BIGINT"},
};

constexpr std::array kTidemarkGpuProcess{
    ColumnLayout{"id", kId},
    ColumnLayout{"sample_id", "INTEGER NOT NULL"},
    ColumnLayout{"device_index", "INTEGER NOT NULL"},
    ColumnLayout{"pid", "INTEGER NOT NULL"},
    ColumnLayout{"memory_bytes", "BIGINT"},
    ColumnLayout{"of_run", "INTEGER"},
    ColumnLayout{"device_uid", "TEXT"},
};

constexpr std::array kTidemarkTenant{
    ColumnLayout{"id", kId},
    ColumnLayout{"sample_id", "INTEGER NOT NULL"},
    ColumnLayout{"pid", "INTEGER NOT NULL"},
    ColumnLayout{"start_ticks", "BIGINT NOT NULL"},
    ColumnLayout{"name", "TEXT"},
    ColumnLayout{"rss_bytes", "BIGINT"},
    ColumnLayout{"anon_bytes", "BIGINT"},
    ColumnLayout{"pss_bytes", "BIGINT"},
    ColumnLayout{"gpu_memory_bytes", "BIGINT"},
    ColumnLayout{"in_cgroup", "INTEGER"},
};

constexpr std::array kTidemarkProcessSample{
    ColumnLayout{"id", kId},
    ColumnLayout{"sample_id", "INTEGER NOT NULL"},
    ColumnLayout{"pid", "INTEGER NOT NULL"},
    ColumnLayout{"start_ticks", "BIGINT NOT NULL"},
    ColumnLayout{"role", "TEXT NOT NULL"},
    ColumnLayout{"name", "TEXT"},
    ColumnLayout{"rss_bytes", "BIGINT"},
    ColumnLayout{"peak_rss_bytes", "BIGINT"},
    ColumnLayout{"rss_anon_bytes", "BIGINT"},
    ColumnLayout{"rss_file_bytes", "BIGINT"},
    ColumnLayout{"rss_shmem_bytes", "BIGINT"},
    ColumnLayout{"swap_bytes", "BIGINT"},
    ColumnLayout{"pss_bytes", "BIGINT"},
    ColumnLayout{"uss_bytes", "BIGINT"},
    ColumnLayout{"pss_basis", "TEXT"},
    ColumnLayout{"cpu_ticks_total", "BIGINT"},
    ColumnLayout{"major_faults_total", "BIGINT"},
};

constexpr std::array kTidemarkAllocatorSample{
    ColumnLayout{"id", kId},
    ColumnLayout{"run_id", "INTEGER NOT NULL"},
    ColumnLayout{"timestamp", "REAL NOT NULL"},
    ColumnLayout{"step", "BIGINT"},
    ColumnLayout{"rank", "INTEGER"},
    ColumnLayout{"device", "TEXT NOT NULL"},
    ColumnLayout{"device_index", "INTEGER NOT NULL"},
    ColumnLayout{"allocated_bytes", "BIGINT"},
    ColumnLayout{"reserved_bytes", "BIGINT"},
    ColumnLayout{"peak_allocated_bytes", "BIGINT"},
    ColumnLayout{"peak_reserved_bytes", "BIGINT"},
};

constexpr std::array kTidemarkLogFinding{
    ColumnLayout{"id", kId},
    ColumnLayout{"run_id", "INTEGER NOT NULL"},
    ColumnLayout{"reader", "TEXT NOT NULL"},
    ColumnLayout{"level", "TEXT NOT NULL"},
    ColumnLayout{"category", "TEXT NOT NULL"},
    ColumnLayout{"message", "TEXT NOT NULL"},
    ColumnLayout{"exception", "TEXT"},
    ColumnLayout{"traceback", "TEXT"},
    ColumnLayout{"chain", "TEXT"},
    ColumnLayout{"timestamp", "REAL"},
    ColumnLayout{"last_timestamp", "REAL"},
    ColumnLayout{"line", "BIGINT"},
    ColumnLayout{"byte_offset", "BIGINT"},
    ColumnLayout{"step", "BIGINT"},
    ColumnLayout{"last_line", "BIGINT"},
    ColumnLayout{"last_step", "BIGINT"},
    ColumnLayout{"count", "BIGINT"},
    ColumnLayout{"requested_bytes", "BIGINT"},
    ColumnLayout{"device_total_bytes", "BIGINT"},
    ColumnLayout{"device_free_bytes", "BIGINT"},
    ColumnLayout{"allocated_bytes", "BIGINT"},
    ColumnLayout{"reserved_bytes", "BIGINT"},
    ColumnLayout{"worker_pid", "BIGINT"},
    ColumnLayout{"decides", "INTEGER"},
    ColumnLayout{"skipped_batch", "INTEGER"},
};

constexpr std::array kTidemarkLogIndex{
    ColumnLayout{"id", kId},
    ColumnLayout{"run_id", "INTEGER NOT NULL"},
    ColumnLayout{"reader", "TEXT NOT NULL"},
    ColumnLayout{"byte_offset", "BIGINT NOT NULL"},
    ColumnLayout{"line", "BIGINT NOT NULL"},
    ColumnLayout{"timestamp", "REAL NOT NULL"},
    ColumnLayout{"step", "BIGINT"},
};

constexpr std::array kTidemarkModel{
    ColumnLayout{"run_id", "INTEGER NOT NULL PRIMARY KEY"},
    ColumnLayout{"identity", "TEXT NOT NULL"},
    ColumnLayout{"settings", "TEXT NOT NULL"},
    ColumnLayout{"model", "TEXT NOT NULL"},
};

constexpr std::array kTidemarkPrediction{
    ColumnLayout{"id", kId},
    ColumnLayout{"run_id", "INTEGER NOT NULL"},
    ColumnLayout{"made_at", "REAL NOT NULL"},
    ColumnLayout{"source", "TEXT NOT NULL"},
    ColumnLayout{"settings", "TEXT NOT NULL"},
    ColumnLayout{"changes", "TEXT"},
    ColumnLayout{"pool", "TEXT NOT NULL"},
    ColumnLayout{"pool_index", "INTEGER"},
    ColumnLayout{"low_bytes", "BIGINT"},
    ColumnLayout{"likely_bytes", "BIGINT"},
    ColumnLayout{"high_bytes", "BIGINT"},
};

constexpr std::array kTidemarkJournal{
    ColumnLayout{"id", "TEXT NOT NULL PRIMARY KEY"},
    ColumnLayout{"run_id", "INTEGER NOT NULL"},
    ColumnLayout{"position", "TEXT NOT NULL"},
};

constexpr std::array kTidemarkDrop{
    ColumnLayout{"run_id", "INTEGER NOT NULL"},
    ColumnLayout{"reason", "TEXT NOT NULL"},
    ColumnLayout{"count", "BIGINT NOT NULL"},
};

constexpr std::array kTidemarkMeta{
    ColumnLayout{"key", "TEXT NOT NULL PRIMARY KEY"},
    ColumnLayout{"value", "TEXT NOT NULL"},
};

constexpr std::array<std::string_view, 3> kByTime{"job_id", "run_id", "timestamp"};
constexpr std::array<std::string_view, 3> kByStep{"job_id", "run_id", "step"};
constexpr std::array<std::string_view, 2> kByRun{"job_id", "run_id"};
constexpr std::array<std::string_view, 2> kByNumber{"job_id", "number"};
constexpr std::array<std::string_view, 1> kBySample{"sample_id"};
constexpr std::array<std::string_view, 2> kByRunTime{"run_id", "timestamp"};
constexpr std::array<std::string_view, 1> kByRunId{"run_id"};
constexpr std::array<std::string_view, 1> kByIdentity{"identity"};

constexpr std::array kTables{
    TableLayout{"MetricsSample", kMetricsSample, "", "MetricsSample_job_id_run_id_timestamp_idx",
                kByTime},
    TableLayout{"TrainingEvent", kTrainingEvent,
                "FOREIGN KEY (memory_snapshot_id) REFERENCES MetricsSample(id)",
                "TrainingEvent_job_id_run_id_timestamp_idx", kByTime},
    TableLayout{"StepMetric", kStepMetric, "", "StepMetric_job_id_run_id_step_idx", kByStep},
    TableLayout{"AnalysisReport", kAnalysisReport, "", "AnalysisReport_job_id_run_id_idx", kByRun},
    TableLayout{"TidemarkJob", kTidemarkJob, "", "", {}},
    TableLayout{"TidemarkRun", kTidemarkRun, "", "TidemarkRun_job_id_number_idx", kByNumber},
    TableLayout{"TidemarkGpuSample", kTidemarkGpuSample, "", "TidemarkGpuSample_sample_id_idx",
                kBySample},
    TableLayout{"TidemarkGpuProcess", kTidemarkGpuProcess, "", "TidemarkGpuProcess_sample_id_idx",
                kBySample},
    TableLayout{"TidemarkProcessSample", kTidemarkProcessSample, "",
                "TidemarkProcessSample_sample_id_idx", kBySample},
    TableLayout{"TidemarkTenant", kTidemarkTenant, "", "TidemarkTenant_sample_id_idx", kBySample},
    TableLayout{"TidemarkAllocatorSample", kTidemarkAllocatorSample, "",
                "TidemarkAllocatorSample_run_id_timestamp_idx", kByRunTime},
    TableLayout{"TidemarkLogFinding", kTidemarkLogFinding, "", "TidemarkLogFinding_run_id_idx",
                kByRunId},
    TableLayout{"TidemarkLogIndex", kTidemarkLogIndex, "", "TidemarkLogIndex_run_id_idx", kByRunId},
    TableLayout{"TidemarkModel", kTidemarkModel, "", "TidemarkModel_identity_idx", kByIdentity},
    TableLayout{"TidemarkPrediction", kTidemarkPrediction, "", "TidemarkPrediction_run_id_idx",
                kByRunId},
    TableLayout{"TidemarkJournal", kTidemarkJournal, "", "TidemarkJournal_run_id_idx", kByRunId},
    TableLayout{"TidemarkDrop", kTidemarkDrop, "PRIMARY KEY (run_id, reason)", "", {}},
    TableLayout{"TidemarkMeta", kTidemarkMeta, "", "", {}},
};

}  // namespace

std::span<const TableLayout> store_layout() {
  return kTables;
}

}  // namespace tidemark
