// A list of strings as a JSON array in a TEXT column (a command line, the evidence of an exit).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// Bytes that are no UTF-8 are kept as they are, so that what comes back is what went in.
std::string string_list_json(const std::vector<std::string>& list);

/// Absent when the text is not an array of strings.
std::optional<std::vector<std::string>> parse_string_list(std::string_view json);

}  // namespace tidemark
