#include "store/row_values.h"

#include <utility>

#include "store/sample_columns.h"
#include "store/store.h"

namespace tidemark {
namespace {

template <class T>
StoredValue or_absent(const std::optional<T>& value) {
  return value ? StoredValue{*value} : StoredValue{};
}

StoredValue unless_empty(std::string_view text) {
  return text.empty() ? StoredValue{} : StoredValue{text};
}

StoredValue gib_of(const std::optional<Bytes>& value) {
  return value ? StoredValue{to_gib(*value)} : StoredValue{};
}

struct SampleValue {
  const SampleRow& sample;

  StoredValue operator()(Gib column) const { return gib_of(sample.*column.field); }
  StoredValue operator()(Percent column) const {
    const auto& value = sample.*column.field;
    return value ? StoredValue{*value * 100.0} : StoredValue{};
  }
  StoredValue operator()(Ratio column) const { return or_absent(sample.*column.field); }
  StoredValue operator()(Size column) const {
    const auto& value = sample.*column.field;
    return value ? StoredValue{value->count} : StoredValue{};
  }
  StoredValue operator()(Count column) const { return or_absent(sample.*column.field); }
  StoredValue operator()(Total column) const {
    const auto& value = sample.*column.field;
    return value ? StoredValue{static_cast<std::int64_t>(*value)} : StoredValue{};
  }
};

}  // namespace

void take_values(const SampleRow& sample, std::vector<NamedValue>& values) {
  values.clear();
  values.push_back({"timestamp", sample.unix_seconds});
  for (const auto& column : kSampleColumns)
    values.push_back({column.name, std::visit(SampleValue{sample}, column.field)});
  values.push_back({"cause", name_of(sample.cause)});
  values.push_back({"process_basis", kBasisNames[std::to_underlying(sample.process_basis)]});
}

void take_values(const StepRecord& step, std::vector<NamedValue>& values) {
  values.clear();
  values.push_back({"step", step.step});
  values.push_back({"timestamp", step.unix_seconds});
  values.push_back({"loss", or_absent(step.loss)});
  values.push_back({"batch_size", or_absent(step.batch_size)});
  values.push_back({"gradient_norm", or_absent(step.gradient_norm)});
  values.push_back({"learning_rate", or_absent(step.learning_rate)});
  values.push_back({"step_time_seconds", or_absent(step.step_time_seconds)});
  values.push_back({"data_wait_seconds", or_absent(step.data_wait_seconds)});
  values.push_back({"total_steps", or_absent(step.total_steps)});
  values.push_back({"source", kSourceNames[std::to_underlying(step.source)]});
  values.push_back({"rank", std::int64_t{step.rank}});
}

void take_values(const StoredEvent& stored, std::vector<NamedValue>& values) {
  const auto& event = stored.event;
  values.clear();
  values.push_back({"timestamp", event.unix_seconds});
  values.push_back({"event_type", std::string_view{event.type}});
  values.push_back({"details", unless_empty(event.details)});
  values.push_back({"used_memory_gb", gib_of(stored.used)});
  values.push_back({"rank", std::int64_t{event.rank}});
}

}  // namespace tidemark
