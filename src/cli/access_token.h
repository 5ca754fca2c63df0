// The secret that a browser or a script shows to `tidemark serve`.
#pragma once

#include <filesystem>
#include <string>

#include "core/result.h"

namespace tidemark {

/// 256 random bits as 64 hexadecimal digits (getrandom(2), getentropy(3)).
Result<std::string> random_secret();

/// The token in this file; where the file is missing it is made, 0600 in a folder that is made
/// 0700. Errors: permission (others may read it), malformed (empty, or not what a header can
/// carry), io.
Result<std::string> read_or_make_token(const std::filesystem::path& file);

/// What a token may be made of: visible ASCII without separators, 16 characters at least.
bool is_token(const std::string& text);

}  // namespace tidemark
