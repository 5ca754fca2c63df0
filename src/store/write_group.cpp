#include <algorithm>
#include <iterator>
#include <utility>

#include "store/store.h"

namespace tidemark {

std::size_t WriteGroup::add(SampleRow sample) {
  samples.push_back(std::move(sample));
  return samples.size() - 1;
}

void WriteGroup::add(EventRecord event, std::optional<std::size_t> sample_index) {
  events.push_back({std::move(event), sample_index});
}

void WriteGroup::add(StepRecord step) {
  steps.push_back(step);
}

void WriteGroup::add(AllocatorRecord record) {
  allocators.push_back(record);
}

void WriteGroup::add(LogMark mark) {
  log_marks.push_back(std::move(mark));
}

void WriteGroup::add(LogErrors errors) {
  const auto earlier = std::ranges::find(log_errors, errors.reader, &LogErrors::reader);
  if (earlier == log_errors.end())
    log_errors.push_back(std::move(errors));
  else
    *earlier = std::move(errors);
}

bool WriteGroup::empty() const {
  return row_count() == 0 && !journal && config_json.empty();
}

std::size_t WriteGroup::row_count() const {
  std::size_t count = samples.size() + events.size() + steps.size() + allocators.size();
  for (const auto& found : log_errors) count += 1 + found.errors.size();
  return count + log_marks.size();
}

void WriteGroup::append(WriteGroup&& later) {
  const std::size_t base = samples.size();
  std::ranges::move(later.samples, std::back_inserter(samples));
  for (auto& entry : later.events) {
    if (entry.sample_index) *entry.sample_index += base;
    events.push_back(std::move(entry));
  }
  steps.insert(steps.end(), later.steps.begin(), later.steps.end());
  allocators.insert(allocators.end(), later.allocators.begin(), later.allocators.end());
  std::ranges::move(later.log_marks, std::back_inserter(log_marks));
  for (auto& found : later.log_errors) add(std::move(found));
  if (later.journal) journal = std::move(later.journal);
  if (config_json.empty()) config_json = std::move(later.config_json);
}

}  // namespace tidemark
