#include "report/report.h"
#include "report/text_layout.h"

namespace tidemark {

std::string printable(std::string_view text, std::size_t columns) {
  return cut_to(escape_for_terminal(text), columns);
}

}  // namespace tidemark
