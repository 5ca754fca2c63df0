// Lines for a terminal: hostile text made harmless, long text wrapped, bars that fit. Private to
// report.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidemark {

/// `text` with control characters (C0, DEL, C1) and those that reorder text (bidi overrides and
/// isolates) shown as escapes ("\x1b", "\u202e"), and invalid UTF-8 replaced. A tab becomes a
/// space.
std::string escape_for_terminal(std::string_view text);

/// Columns on a terminal, as far as one character is one column.
std::size_t columns_of(std::string_view text);

/// Cut to `columns`, with "..." at its end where something is missing.
std::string cut_to(std::string_view text, std::size_t columns);

/// Lines of at most `width` columns, broken at spaces (a longer word is left whole); every line
/// after the first begins with `indent` spaces, and the first has used `used` columns already. Ends
/// without newline.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent, std::size_t used);

/// "#######.............": `fraction` of `width` columns.
std::string bar(double fraction, std::size_t width);

}  // namespace tidemark
