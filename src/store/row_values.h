// Rows as names and values, for who hands them on as they are (an export). Part of the face
// (store.h).
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "telemetry/sample_row.h"
#include "telemetry/step.h"

namespace tidemark {

struct StoredEvent;

/// As the table has it: GiB under `_gb`, percent under `_percent`, bytes under `_bytes`, ratios
/// under `_ratio`. monostate: absent. NaN and infinity are kept as such. A text is the row's: valid
/// as long as that.
using StoredValue = std::variant<std::monostate, std::int64_t, double, std::string_view>;

struct NamedValue {
  std::string_view name{};
  StoredValue value{};
};

/// In the order of the table, always the same names. `values` is emptied before.
void take_values(const SampleRow& sample, std::vector<NamedValue>& values);
void take_values(const StepRecord& step, std::vector<NamedValue>& values);
void take_values(const StoredEvent& stored, std::vector<NamedValue>& values);

}  // namespace tidemark
