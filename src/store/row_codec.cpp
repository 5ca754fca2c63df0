#include "store/row_codec.h"

#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "store/sample_columns.h"

namespace tidemark {
namespace {

// Before them: timestamp, cause, process_basis.
constexpr int kSampleFront = 3;

constexpr std::array kRoleNames{std::string_view{"main"}, std::string_view{"worker"},
                                std::string_view{"child"}};
constexpr std::array kCauses{SampleCause::tick, SampleCause::climb, SampleCause::event,
                             SampleCause::oom_report};

template <class Enum, std::size_t N>
Enum named(const std::array<std::string_view, N>& names, std::string_view name, Enum otherwise) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return otherwise;
}

SampleCause cause_named(std::string_view name) {
  for (const auto cause : kCauses)
    if (name_of(cause) == name) return cause;
  return SampleCause::tick;
}

// Absent outside of what 63 bits of bytes can hold: other writers may have stored anything.
std::optional<Bytes> from_stored_gib(std::optional<double> gb) {
  constexpr double kLimitGb = 8e9;
  if (!gb || !(*gb > -kLimitGb && *gb < kLimitGb)) return std::nullopt;
  return from_gib(*gb);
}

std::optional<std::uint64_t> unsigned_of(std::optional<std::int64_t> value) {
  return value && *value >= 0 ? std::optional{static_cast<std::uint64_t>(*value)} : std::nullopt;
}

// SQLite integers are signed; these counters cannot reach 2^63.
std::optional<std::int64_t> signed_of(std::optional<std::uint64_t> value) {
  return value ? std::optional{static_cast<std::int64_t>(*value)} : std::nullopt;
}

std::int32_t narrow(std::optional<std::int64_t> value) {
  return static_cast<std::int32_t>(value.value_or(0));
}

struct SampleBinder {
  Statement& statement;
  const SampleRow& sample;

  void operator()(Gib c) const {
    const auto& value = sample.*c.field;
    statement.bind(value ? std::optional{to_gib(*value)} : std::nullopt);
  }
  void operator()(Percent c) const {
    const auto& value = sample.*c.field;
    statement.bind(value ? std::optional{*value * 100.0} : std::nullopt);
  }
  void operator()(Ratio c) const { statement.bind(sample.*c.field); }
  void operator()(Size c) const { statement.bind(sample.*c.field); }
  void operator()(Count c) const { statement.bind(sample.*c.field); }
  void operator()(Total c) const { statement.bind(signed_of(sample.*c.field)); }
};

struct SampleReader {
  const Statement& row;
  int column;
  SampleRow& sample;

  void operator()(Gib c) const { sample.*c.field = from_stored_gib(row.real(column)); }
  void operator()(Percent c) const {
    const auto value = row.real(column);
    sample.*c.field = value ? std::optional{*value / 100.0} : std::nullopt;
  }
  void operator()(Ratio c) const { sample.*c.field = row.real(column); }
  void operator()(Size c) const { sample.*c.field = row.bytes(column); }
  void operator()(Count c) const { sample.*c.field = row.integer(column); }
  void operator()(Total c) const { sample.*c.field = unsigned_of(row.integer(column)); }
};

// SQLite cannot hold NaN: a bound NaN becomes NULL. So the names of the columns that are NaN stand
// in nan_columns, and a NULL that is not named there is an absent value. Infinity is a REAL like
// others.
struct NanColumn {
  std::string_view name;
  std::optional<double> StepRecord::* field;
};
constexpr std::array kNanColumns{
    NanColumn{"loss", &StepRecord::loss},
    NanColumn{"gradient_norm", &StepRecord::gradient_norm},
    NanColumn{"learning_rate", &StepRecord::learning_rate},
    NanColumn{"step_time_seconds", &StepRecord::step_time_seconds},
    NanColumn{"data_wait_seconds", &StepRecord::data_wait_seconds},
};

std::optional<std::string> nan_columns(const StepRecord& step) {
  std::string names;
  for (const auto& column : kNanColumns) {
    const auto& value = step.*column.field;
    if (value && std::isnan(*value)) names += (names.empty() ? "" : ",") + std::string{column.name};
  }
  return names.empty() ? std::nullopt : std::optional{names};
}

void restore_nans(StepRecord& step, std::string_view names) {
  while (!names.empty()) {
    const auto end = std::min(names.find(','), names.size());
    for (const auto& column : kNanColumns)
      if (names.substr(0, end) == column.name) step.*column.field = std::nan("");
    names.remove_prefix(std::min(end + 1, names.size()));
  }
}

constexpr int count_columns(std::string_view list) {
  int count = 1;
  for (const char c : list) count += c == ',' ? 1 : 0;
  return count;
}

constexpr std::string_view kStepColumns =
    "step, timestamp, loss, batch_size, gradient_norm, learning_rate, step_time_seconds, "
    "data_wait_seconds, total_steps, source, rank, nan_columns";
constexpr std::string_view kGpuColumns =
    "device_index, memory_used_bytes, memory_total_bytes, utilization_ratio, "
    "memory_reserved_bytes, memory_held_bytes, run_memory_bytes, domain, of_run, device_uid, name, "
    "carve_out_total_bytes, carve_out_used_bytes";
constexpr std::string_view kProcessColumns =
    "pid, start_ticks, role, name, rss_bytes, peak_rss_bytes, rss_anon_bytes, rss_file_bytes, "
    "rss_shmem_bytes, swap_bytes, pss_bytes, uss_bytes, pss_basis, cpu_ticks_total, "
    "major_faults_total";
constexpr std::string_view kTenantColumns =
    "pid, start_ticks, name, rss_bytes, anon_bytes, pss_bytes, gpu_memory_bytes, in_cgroup";

}  // namespace

std::string sample_columns() {
  std::string list = "timestamp, cause, process_basis";
  for (const auto& column : kSampleColumns) list += ", " + std::string{column.name};
  return list;
}

int sample_column_count() {
  return kSampleFront + static_cast<int>(kSampleColumns.size());
}

void bind_sample(Statement& statement, const SampleRow& sample) {
  statement.bind(sample.unix_seconds);
  // NULL for the ordinary: most rows are ticks, and rows of other writers have neither.
  if (sample.cause == SampleCause::tick)
    statement.bind(std::nullopt);
  else
    statement.bind(name_of(sample.cause));
  if (sample.process_basis == PssBasis::none)
    statement.bind(std::nullopt);
  else
    statement.bind(kBasisNames[std::to_underlying(sample.process_basis)]);
  for (const auto& column : kSampleColumns)
    std::visit(SampleBinder{statement, sample}, column.field);
}

SampleRow read_sample(const Statement& row, int first) {
  SampleRow sample;
  sample.unix_seconds = row.real(first).value_or(0);
  sample.cause = cause_named(row.text_view(first + 1));
  sample.process_basis = named(kBasisNames, row.text_view(first + 2), PssBasis::none);
  int column = first + kSampleFront;
  for (const auto& entry : kSampleColumns)
    std::visit(SampleReader{row, column++, sample}, entry.field);
  return sample;
}

std::string_view step_columns() {
  return kStepColumns;
}
int step_column_count() {
  return count_columns(kStepColumns);
}

void bind_step(Statement& statement, const StepRecord& step) {
  statement.bind(step.step)
      .bind(step.unix_seconds)
      .bind(step.loss)
      .bind(step.batch_size)
      .bind(step.gradient_norm)
      .bind(step.learning_rate)
      .bind(step.step_time_seconds)
      .bind(step.data_wait_seconds)
      .bind(step.total_steps)
      .bind(kSourceNames[std::to_underlying(step.source)])
      .bind(step.rank)
      .bind(nan_columns(step));
}

StepRecord read_step(const Statement& row, int first) {
  StepRecord step;
  step.step = row.integer(first).value_or(0);
  step.unix_seconds = row.real(first + 1).value_or(0);
  step.loss = row.real(first + 2);
  step.batch_size = row.integer(first + 3);
  step.gradient_norm = row.real(first + 4);
  step.learning_rate = row.real(first + 5);
  step.step_time_seconds = row.real(first + 6);
  step.data_wait_seconds = row.real(first + 7);
  step.total_steps = row.integer(first + 8);
  // NULL: another writer, which is the trainer itself.
  step.source = named(kSourceNames, row.text_view(first + 9), StepSource::hook);
  step.rank = narrow(row.integer(first + 10));
  restore_nans(step, row.text_view(first + 11));
  return step;
}

namespace {

std::optional<std::string_view> unless(bool absent, std::string_view text) {
  return absent ? std::nullopt : std::optional{text};
}

MemoryDomain named_domain(std::string_view name) {
  for (const auto domain : {MemoryDomain::device, MemoryDomain::unified, MemoryDomain::coherent})
    if (name == name_of(domain)) return domain;
  return MemoryDomain::unknown;
}

}  // namespace

std::string_view gpu_columns() {
  return kGpuColumns;
}
int gpu_column_count() {
  return count_columns(kGpuColumns);
}

void bind_gpu(Statement& statement, const GpuSample& gpu) {
  statement.bind(gpu.device_index)
      .bind(gpu.memory_used)
      .bind(gpu.memory_total)
      .bind(gpu.utilization_ratio)
      .bind(gpu.memory_reserved)
      .bind(gpu.memory_held)
      .bind(gpu.run_memory)
      .bind(unless(gpu.domain == MemoryDomain::unknown, name_of(gpu.domain)))
      .bind(std::int64_t{gpu.of_run})
      .bind(unless(gpu.id.empty(), gpu.id))
      .bind(unless(gpu.name.empty(), gpu.name))
      .bind(gpu.carve_out_total)
      .bind(gpu.carve_out_used);
}

GpuSample read_gpu(const Statement& row, int first) {
  return {.device_index = narrow(row.integer(first)),
          .memory_used = row.bytes(first + 1),
          .memory_total = row.bytes(first + 2),
          .utilization_ratio = row.real(first + 3),
          .memory_reserved = row.bytes(first + 4),
          .memory_held = row.bytes(first + 5),
          .run_memory = row.bytes(first + 6),
          .carve_out_total = row.bytes(first + 11),
          .carve_out_used = row.bytes(first + 12),
          .domain = named_domain(row.text_view(first + 7)),
          .of_run = row.integer(first + 8).value_or(1) != 0,
          .id = row.text(first + 9).value_or(""),
          .name = row.text(first + 10).value_or("")};
}

void bind_gpu_process(Statement& statement, const GpuSample& gpu, const GpuProcess& process,
                      bool with_uid) {
  statement.bind(gpu.device_index)
      .bind(process.pid)
      .bind(process.memory)
      .bind(std::int64_t{process.of_run})
      .bind(unless(!with_uid || gpu.id.empty(), gpu.id));
}

GpuProcess read_gpu_process(const Statement& row, int first) {
  return {.pid = narrow(row.integer(first)),
          .memory = row.bytes(first + 1),
          .of_run = row.integer(first + 2).value_or(0) != 0};
}

std::string_view process_columns() {
  return kProcessColumns;
}
int process_column_count() {
  return count_columns(kProcessColumns);
}

void bind_process(Statement& statement, const ProcessSample& process) {
  statement.bind(process.id.pid)
      .bind(static_cast<std::int64_t>(process.id.start_ticks))
      .bind(kRoleNames[std::to_underlying(process.role)])
      .bind(process.name)
      .bind(process.rss)
      .bind(process.peak_rss)
      .bind(process.rss_anon)
      .bind(process.rss_file)
      .bind(process.rss_shmem)
      .bind(process.swap)
      .bind(process.pss)
      .bind(process.uss)
      .bind(kBasisNames[std::to_underlying(process.pss_basis)])
      .bind(signed_of(process.cpu_ticks_total))
      .bind(signed_of(process.major_faults_total));
}

ProcessSample read_process(const Statement& row, int first) {
  ProcessSample process;
  process.id = {narrow(row.integer(first)), unsigned_of(row.integer(first + 1)).value_or(0)};
  process.role = named(kRoleNames, row.text_view(first + 2), ProcessRole::child);
  process.name = row.text_view(first + 3);
  process.rss = row.bytes(first + 4);
  process.peak_rss = row.bytes(first + 5);
  process.rss_anon = row.bytes(first + 6);
  process.rss_file = row.bytes(first + 7);
  process.rss_shmem = row.bytes(first + 8);
  process.swap = row.bytes(first + 9);
  process.pss = row.bytes(first + 10);
  process.uss = row.bytes(first + 11);
  process.pss_basis = named(kBasisNames, row.text_view(first + 12), PssBasis::none);
  process.cpu_ticks_total = unsigned_of(row.integer(first + 13));
  process.major_faults_total = unsigned_of(row.integer(first + 14));
  return process;
}

std::string_view tenant_columns() {
  return kTenantColumns;
}
int tenant_column_count() {
  return count_columns(kTenantColumns);
}

void bind_tenant(Statement& statement, const Tenant& tenant) {
  statement.bind(tenant.id.pid)
      .bind(static_cast<std::int64_t>(tenant.id.start_ticks))
      .bind(tenant.name)
      .bind(tenant.rss)
      .bind(tenant.anon)
      .bind(tenant.pss)
      .bind(tenant.gpu_memory)
      .bind(std::int64_t{tenant.in_cgroup});
}

Tenant read_tenant(const Statement& row, int first) {
  Tenant tenant;
  tenant.id = {narrow(row.integer(first)), unsigned_of(row.integer(first + 1)).value_or(0)};
  tenant.name = row.text_view(first + 2);
  tenant.rss = row.bytes(first + 3);
  tenant.anon = row.bytes(first + 4);
  tenant.pss = row.bytes(first + 5);
  tenant.gpu_memory = row.bytes(first + 6);
  tenant.in_cgroup = row.integer(first + 7).value_or(0) != 0;
  return tenant;
}

std::string placeholders(int count) {
  std::string list;
  for (int i = 0; i < count; ++i) list += i == 0 ? "?" : ", ?";
  return list;
}

}  // namespace tidemark
