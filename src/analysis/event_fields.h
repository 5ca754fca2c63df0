// Single fields of an event's details. Private to analysis.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark {

/// The whole number at `key` of a JSON object as text: `"key": 123`. Absent: none, or no such
/// number. The events' details are the monitor's own JSON; nesting is not looked into.
std::optional<std::int64_t> whole_number_at(std::string_view json, std::string_view key);
/// The text at `key`, without escapes; empty: none.
std::string_view text_at(std::string_view json, std::string_view key);

}  // namespace tidemark
