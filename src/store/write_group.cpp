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

bool WriteGroup::empty() const {
  return samples.empty() && events.empty() && steps.empty();
}

std::size_t WriteGroup::row_count() const {
  return samples.size() + events.size() + steps.size();
}

}  // namespace tidemark
