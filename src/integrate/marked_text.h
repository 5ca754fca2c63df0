// Text of ours inside files of others: between two marks, so that it can be found again and taken
// out to the byte, whatever changed around it.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace tidemark {

/// How a comment is written there: to the line's end, or among the children of a JSX element.
enum class CommentKind { slashes, hash, jsx };

/// `lines` (each with its '\n') as a block of lines between marks, in front of the line that begins
/// at `at`. The text's own line ends (\n or \r\n) are used.
std::string with_block(std::string_view text, std::size_t at, std::string_view lines,
                       CommentKind comment);

/// `words` between marks in the middle of a line of TypeScript.
std::string with_inline(std::string_view text, std::size_t at, std::string_view words);

/// Without anything of ours. Errors: malformed (a mark without its other half).
Result<std::string> without_ours(std::string_view text);

/// Where the first line begins that starts with `beginning`, blanks before it left aside; npos:
/// none does.
std::size_t find_line(std::string_view text, std::string_view beginning, std::size_t from = 0);

}  // namespace tidemark
