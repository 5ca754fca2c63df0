// Answers in fewer bytes. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace tidemark {

/// Whether an Accept-Encoding field takes gzip (RFC 9110, 12.5.3). Empty: only what is not encoded.
bool accepts_gzip(std::string_view accept_encoding);

/// As one gzip member (RFC 1952).
std::string gzip(std::string_view bytes);

/// What one gzip member holds. Errors: malformed; too large (over `most_bytes`).
Result<std::string> gunzip(std::string_view member, std::size_t most_bytes);

}  // namespace tidemark
