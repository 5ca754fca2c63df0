// What an edit changed, as people read it.
#pragma once

#include <string>
#include <string_view>

namespace tidemark {

/// A unified difference with three lines around each change; empty where both are the same.
std::string line_diff(std::string_view before, std::string_view after, std::string_view name);

}  // namespace tidemark
