#include "report/html_text.h"

#include "report/text_layout.h"

namespace tidemark {

std::string html_text(std::string_view text) {
  std::string safe;
  for (const char c : escape_for_terminal(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

}  // namespace tidemark
