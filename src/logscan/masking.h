// Text of the log made fit to leave the reader.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidemark {

/// Secrets and the user names of URLs masked, valid UTF-8, at most `max_bytes`. Masked before it is
/// cut, so that no half of a token stays.
std::string fit_text(std::string_view text, std::size_t max_bytes);

}  // namespace tidemark
