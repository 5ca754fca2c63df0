// How far a mistyped key is from a known one.
#pragma once

#include <cstddef>
#include <string_view>

namespace tidemark {

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. Quadratic:
/// for keys.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace tidemark
