#include "report/timeline.h"

#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "core/bytes.h"

namespace tidemark {
namespace {

using Series = std::optional<double> (*)(const SampleRow&);

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
constexpr std::array<Series, 10> kSeries{
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

// Some slack before a pass over what is kept, so that each sample is looked at a bounded number of
// times.
constexpr std::size_t kSlack = 2;

struct Extremes {
  std::optional<std::size_t> lowest{}, highest{};
  double low = 0, high = 0;
  void add(std::size_t position, double value) {
    if (!lowest || value < low) {
      lowest = position;
      low = value;
    }
    if (!highest || value > high) {
      highest = position;
      high = value;
    }
  }
};

}  // namespace

void TimelineThinner::add(const SampleRow& sample) {
  if (!std::isfinite(sample.unix_seconds)) return;
  kept_.push_back({count_++, sample});
  kept_.back().row.processes.clear();
  if (kept_.size() > kSlack * most_points_ + 2 * kSeries.size()) fit();
}

// The newest samples are kept whole until there are too many; an open bucket that is thinned loses
// nothing that a later sample could have made its extreme.
void TimelineThinner::fit() {
  thin();
  while (kept_.size() > most_points_ && bucket_size_ < count_) {
    bucket_size_ *= 2;
    thin();
  }
}

void TimelineThinner::thin() {
  std::vector<Kept> thinned;
  for (std::size_t begin = 0; begin < kept_.size();) {
    const std::size_t bucket = kept_[begin].index / bucket_size_;
    std::size_t end = begin;
    std::array<Extremes, kSeries.size()> extremes{};
    for (; end < kept_.size() && kept_[end].index / bucket_size_ == bucket; ++end)
      for (std::size_t i = 0; i < kSeries.size(); ++i)
        if (const auto value = kSeries.at(i)(kept_[end].row)) extremes.at(i).add(end, *value);
    std::vector<bool> keep(end - begin, false);
    for (const auto& extreme : extremes)
      for (const auto position : {extreme.lowest, extreme.highest})
        if (position) keep[*position - begin] = true;
    if (begin == 0) keep.front() = true;
    if (end == kept_.size()) keep.back() = true;
    for (std::size_t i = begin; i < end; ++i)
      if (keep[i - begin]) thinned.push_back(std::move(kept_[i]));
    begin = end;
  }
  kept_ = std::move(thinned);
}

std::vector<SampleRow> TimelineThinner::finish() && {
  if (kept_.size() > most_points_) fit();
  std::vector<SampleRow> rows;
  rows.reserve(kept_.size());
  for (auto& kept : kept_) rows.push_back(std::move(kept.row));
  return rows;
}

}  // namespace tidemark
