// Rows of the store and telemetry values: which field is which column, in which unit. The only
// place where bytes become GiB and ratios become percent, and back.
#pragma once

#include <cstdint>
#include <string>

#include "store/statement.h"
#include "telemetry/event.h"
#include "telemetry/gpu_sample.h"
#include "telemetry/process_sample.h"
#include "telemetry/sample_row.h"
#include "telemetry/step.h"
#include "telemetry/tenant.h"

namespace tidemark {

/// Columns of MetricsSample that mirror SampleRow, without id, job_id, run_id and the counts of
/// detail rows: "timestamp, total_memory_gb, ...". bind_sample binds them in this order,
/// read_sample reads them from column `first` on.
std::string sample_columns();
int sample_column_count();
void bind_sample(Statement& statement, const SampleRow& sample);
SampleRow read_sample(const Statement& row, int first);

/// The same for StepMetric, without id, job_id and run_id.
std::string_view step_columns();
int step_column_count();
void bind_step(Statement& statement, const StepRecord& step);
StepRecord read_step(const Statement& row, int first);

/// For TidemarkGpuSample, without id and sample_id.
std::string_view gpu_columns();
int gpu_column_count();
void bind_gpu(Statement& statement, const GpuSample& gpu);
GpuSample read_gpu(const Statement& row, int first);

/// For TidemarkGpuProcess: device_index, pid, memory_bytes, of_run, device_uid to write; without
/// the first and the last to read.
void bind_gpu_process(Statement& statement, const GpuSample& gpu, const GpuProcess& process,
                      bool with_uid);
GpuProcess read_gpu_process(const Statement& row, int first);

/// For TidemarkProcessSample, without id and sample_id.
std::string_view process_columns();
int process_column_count();
void bind_process(Statement& statement, const ProcessSample& process);
ProcessSample read_process(const Statement& row, int first);

/// For TidemarkTenant, without id and sample_id.
std::string_view tenant_columns();
int tenant_column_count();
void bind_tenant(Statement& statement, const Tenant& tenant);
Tenant read_tenant(const Statement& row, int first);

/// "?, ?, ..." for an INSERT.
std::string placeholders(int count);

}  // namespace tidemark
