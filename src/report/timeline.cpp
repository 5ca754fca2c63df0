#include "report/timeline.h"

#include <array>
#include <cmath>
#include <optional>

#include "core/bytes.h"

namespace tidemark {
namespace {

template <std::optional<Bytes> SampleRow::* kMember>
std::optional<double> bytes_of(const SampleRow& row) {
  const auto& value = row.*kMember;
  return value ? std::optional{static_cast<double>(value->count)} : std::nullopt;
}

template <std::optional<double> SampleRow::* kMember>
std::optional<double> ratio_of(const SampleRow& row) {
  return row.*kMember && std::isfinite(*(row.*kMember)) ? row.*kMember : std::nullopt;
}

// What a reader of the timeline looks for a peak in.
constexpr std::array<SeriesOf<SampleRow>, 10> kSeries{
    bytes_of<&SampleRow::used>,
    bytes_of<&SampleRow::main_process>,
    bytes_of<&SampleRow::worker>,
    bytes_of<&SampleRow::cgroup_working_set>,
    bytes_of<&SampleRow::gpu_memory_used>,
    bytes_of<&SampleRow::swap_used>,
    bytes_of<&SampleRow::shm_used>,
    bytes_of<&SampleRow::address_space_used>,
    ratio_of<&SampleRow::cpu_utilization_ratio>,
    ratio_of<&SampleRow::gpu_utilization_ratio>,
};

}  // namespace

TimelineThinner::TimelineThinner(std::size_t most_points) : rows_(kSeries, most_points) {}

void TimelineThinner::add(const SampleRow& sample) {
  if (!std::isfinite(sample.unix_seconds)) return;
  auto row = sample;
  row.processes.clear();
  rows_.add(std::move(row));
}

std::vector<SampleRow> TimelineThinner::finish() && {
  return std::move(rows_).finish();
}

}  // namespace tidemark
