// A run's series as columns: what a chart draws.
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/report.h"
#include "report/series_columns.h"
#include "report/timeline.h"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

template <class Row>
struct Column {
  const char* name = nullptr;
  SeriesOf<Row> value = nullptr;
};

template <std::optional<Bytes> SampleRow::* kMember>
std::optional<double> gib_of(const SampleRow& row) {
  const auto& value = row.*kMember;
  return value ? std::optional{to_gib(*value)} : std::nullopt;
}

template <std::optional<double> SampleRow::* kMember>
std::optional<double> percent_of(const SampleRow& row) {
  const auto& value = row.*kMember;
  return value ? std::optional{*value * 100} : std::nullopt;
}

constexpr std::array<Column<SampleRow>, 17> kSampleColumns{{
    {"timestamp", [](const SampleRow& row) { return std::optional{row.unix_seconds}; }},
    {"used_memory_gb", gib_of<&SampleRow::used>},
    {"total_memory_gb", gib_of<&SampleRow::total>},
    {"available_memory_gb", gib_of<&SampleRow::available>},
    {"swap_used_gb", gib_of<&SampleRow::swap_used>},
    {"main_process_memory_gb", gib_of<&SampleRow::main_process>},
    {"worker_memory_gb", gib_of<&SampleRow::worker>},
    {"worker_count",
     [](const SampleRow& row) {
       return row.worker_count ? std::optional{static_cast<double>(*row.worker_count)}
                               : std::nullopt;
     }},
    {"gpu_memory_used_gb", gib_of<&SampleRow::gpu_memory_used>},
    {"gpu_run_memory_gb", gib_of<&SampleRow::gpu_run_memory>},
    {"gpu_utilization_percent", percent_of<&SampleRow::gpu_utilization_ratio>},
    {"cpu_utilization_percent", percent_of<&SampleRow::cpu_utilization_ratio>},
    {"cgroup_working_set_gb", gib_of<&SampleRow::cgroup_working_set>},
    {"cgroup_limit_gb", gib_of<&SampleRow::cgroup_limit>},
    {"shm_used_gb", gib_of<&SampleRow::shm_used>},
    {"address_space_used_gb", gib_of<&SampleRow::address_space_used>},
    {"other_tenants_gb", gib_of<&SampleRow::tenant_memory>},
}};

template <std::optional<double> StepRecord::* kMember>
std::optional<double> number_of(const StepRecord& step) {
  return step.*kMember;
}

constexpr std::array<Column<StepRecord>, 8> kStepColumns{{
    {"step", [](const StepRecord& step) { return std::optional{static_cast<double>(step.step)}; }},
    {"timestamp", [](const StepRecord& step) { return std::optional{step.unix_seconds}; }},
    {"loss", number_of<&StepRecord::loss>},
    {"batch_size",
     [](const StepRecord& step) {
       return step.batch_size ? std::optional{static_cast<double>(*step.batch_size)} : std::nullopt;
     }},
    {"gradient_norm", number_of<&StepRecord::gradient_norm>},
    {"learning_rate", number_of<&StepRecord::learning_rate>},
    {"step_time_seconds", number_of<&StepRecord::step_time_seconds>},
    {"data_wait_seconds", number_of<&StepRecord::data_wait_seconds>},
}};

// What a reader of the step chart looks for an outlier in.
template <std::optional<double> StepRecord::* kMember>
std::optional<double> finite(const StepRecord& step) {
  const auto& value = step.*kMember;
  return value && std::isfinite(*value) ? value : std::nullopt;
}
constexpr std::array<SeriesOf<StepRecord>, 5> kStepSeries{
    finite<&StepRecord::loss>, finite<&StepRecord::gradient_norm>,
    finite<&StepRecord::learning_rate>, finite<&StepRecord::step_time_seconds>,
    finite<&StepRecord::data_wait_seconds>};

// A number that is whole is written so: a step is no 12.0.
Json json_of(std::optional<double> value) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (!value || !std::isfinite(*value)) return nullptr;
  if (*value == std::floor(*value) && std::fabs(*value) < kExact)
    return static_cast<std::int64_t>(*value);
  return *value;
}

template <class Row, std::size_t kCount>
std::string table_json(const std::vector<Row>& rows,
                       const std::array<Column<Row>, kCount>& columns) {
  Json table = Json::object();
  for (const auto& column : columns) {
    Json values = Json::array();
    bool any = false;
    for (const auto& row : rows) {
      values.push_back(json_of(column.value(row)));
      any = any || !values.back().is_null();
    }
    if (any) table[column.name] = std::move(values);
  }
  return Json{{"columns", std::move(table)}}.dump();
}

bool is_within(double at, const SeriesWindow& window) {
  return std::isfinite(at) && (!window.from || at >= *window.from) &&
         (!window.to || at <= *window.to);
}

}  // namespace

StepThinner::StepThinner(std::size_t most_points) : rows_(kStepSeries, most_points) {}

std::string columns_json(const std::vector<SampleRow>& samples) {
  return table_json(samples, kSampleColumns);
}

std::string columns_json(const std::vector<StepRecord>& steps) {
  return table_json(steps, kStepColumns);
}

Result<std::string> timeline_json(Store& store, const RunKey& run, const SeriesWindow& window) {
  TimelineThinner thinner{window.points};
  const auto loaded = store.for_each_sample(run, [&](const SampleRow& sample) {
    if (is_within(sample.unix_seconds, window)) thinner.add(sample);
  });
  if (!loaded) return std::unexpected(loaded.error());
  return columns_json(std::move(thinner).finish());
}

Result<std::string> steps_json(Store& store, const RunKey& run, const SeriesWindow& window) {
  StepThinner thinner{window.points};
  const auto loaded = store.for_each_step(run, [&](const StepRecord& step) {
    if (is_within(step.unix_seconds, window)) thinner.add(step);
  });
  if (!loaded) return std::unexpected(loaded.error());
  return columns_json(std::move(thinner).finish());
}

}  // namespace tidemark
