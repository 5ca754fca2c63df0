// Text into HTML. Private to report.
#pragma once

#include <string>
#include <string_view>

namespace tidemark {

/// For an element's text and for a quoted attribute: hostile text stays text. What is no UTF-8 and
/// control characters become escapes, as on a terminal.
std::string html_text(std::string_view text);

}  // namespace tidemark
