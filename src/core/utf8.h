// Foreign bytes made fit for SQL, JSON and terminals.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidemark {

/// `bytes` as valid UTF-8 of at most `max_bytes` bytes: each byte that belongs to no valid sequence
/// becomes U+FFFD, control characters other than tab and newline become a space, and a longer text
/// ends in "..." at a character's boundary.
std::string to_valid_utf8(std::string_view bytes, std::size_t max_bytes);

}  // namespace tidemark
