#include "report/gauges.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "core/utf8.h"

namespace tidemark {
namespace {

template <std::optional<Bytes> SampleRow::* kMember>
std::optional<double> bytes_of(const SampleRow& row) {
  const auto& value = row.*kMember;
  return value ? std::optional{static_cast<double>(value->count)} : std::nullopt;
}

template <auto kMember, class Row>
std::optional<double> number_of(const Row& row) {
  const auto& value = row.*kMember;
  return value ? std::optional{static_cast<double>(*value)} : std::nullopt;
}

constexpr std::array kSampleGauges{
    Gauge<SampleRow>{"tidemark_memory_used_bytes", "Memory of the machine in use",
                     bytes_of<&SampleRow::used>},
    Gauge<SampleRow>{"tidemark_memory_total_bytes", "Memory of the machine",
                     bytes_of<&SampleRow::total>},
    Gauge<SampleRow>{"tidemark_swap_used_bytes", "Swap in use", bytes_of<&SampleRow::swap_used>},
    Gauge<SampleRow>{"tidemark_main_process_bytes", "Memory of the trainer's main process (PSS)",
                     bytes_of<&SampleRow::main_process>},
    Gauge<SampleRow>{"tidemark_workers_bytes", "Memory of its data loader workers (PSS)",
                     bytes_of<&SampleRow::worker>},
    Gauge<SampleRow>{"tidemark_workers", "Data loader workers",
                     number_of<&SampleRow::worker_count, SampleRow>},
    Gauge<SampleRow>{"tidemark_cgroup_working_set_bytes", "Working set of its cgroup",
                     bytes_of<&SampleRow::cgroup_working_set>},
    Gauge<SampleRow>{"tidemark_cgroup_limit_bytes",
                     "Lowest memory limit over its cgroup and those above",
                     bytes_of<&SampleRow::cgroup_limit>},
    Gauge<SampleRow>{"tidemark_shm_used_bytes", "Use of the trainer's /dev/shm",
                     bytes_of<&SampleRow::shm_used>},
    Gauge<SampleRow>{"tidemark_gpu_memory_used_bytes", "Memory in use on the run's GPUs",
                     bytes_of<&SampleRow::gpu_memory_used>},
    Gauge<SampleRow>{"tidemark_gpu_utilization_ratio", "Load of the run's GPUs",
                     number_of<&SampleRow::gpu_utilization_ratio, SampleRow>},
    Gauge<SampleRow>{"tidemark_cpu_utilization_ratio", "Load of the machine's CPUs",
                     number_of<&SampleRow::cpu_utilization_ratio, SampleRow>},
    Gauge<SampleRow>{"tidemark_memory_pressure_some_ratio",
                     "Share of the time in which a task waited for memory",
                     number_of<&SampleRow::pressure_some_ratio, SampleRow>},
    Gauge<SampleRow>{"tidemark_memory_pressure_full_ratio",
                     "Share of the time in which all tasks waited for memory",
                     number_of<&SampleRow::pressure_full_ratio, SampleRow>},
};

constexpr std::array kStepGauges{
    Gauge<StepRecord>{
        "tidemark_step", "Last step",
        [](const StepRecord& step) { return std::optional{static_cast<double>(step.step)}; }},
    Gauge<StepRecord>{"tidemark_loss", "Loss", number_of<&StepRecord::loss, StepRecord>},
    Gauge<StepRecord>{"tidemark_batch_size", "Batch size",
                      number_of<&StepRecord::batch_size, StepRecord>},
    Gauge<StepRecord>{"tidemark_gradient_norm", "Gradient norm",
                      number_of<&StepRecord::gradient_norm, StepRecord>},
    Gauge<StepRecord>{"tidemark_learning_rate", "Learning rate",
                      number_of<&StepRecord::learning_rate, StepRecord>},
    Gauge<StepRecord>{"tidemark_step_time_seconds", "Time of a step",
                      number_of<&StepRecord::step_time_seconds, StepRecord>},
    Gauge<StepRecord>{"tidemark_data_wait_seconds", "Wait for a step's data",
                      number_of<&StepRecord::data_wait_seconds, StepRecord>},
};

}  // namespace

std::span<const Gauge<SampleRow>> sample_gauges() {
  return kSampleGauges;
}

std::span<const Gauge<StepRecord>> step_gauges() {
  return kStepGauges;
}

std::string label_text(std::string_view text) {
  std::string safe;
  for (const char c : to_valid_utf8(text, 3 * text.size() + 3)) {
    if (c == '\\' || c == '"') safe += '\\';
    if (c == '\n') safe += "\\n";
    if (static_cast<unsigned char>(c) >= 0x20) safe += c;
  }
  return safe;
}

std::string gauge_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (value == std::floor(value) && std::fabs(value) < kExact)
    return fmt::format("{}", static_cast<std::int64_t>(value));
  return fmt::format("{}", value);
}

}  // namespace tidemark
