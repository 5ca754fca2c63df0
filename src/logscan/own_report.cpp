#include "logscan/own_report.h"

namespace tidemark {

// report/report_text.cpp writes them: "Failed with ...; peak 3.0 GB of 23.5 GB (13%, machine
// memory)." and, behind the label of ten columns, "Exit      error (code 2): ...". Asked only of
// lines that say that something went wrong.
bool is_own_report_line(std::string_view line) {
  if (line.starts_with("Exit      ")) return true;
  const auto peak = line.rfind("; peak ");
  if (peak == std::string_view::npos) return false;
  const auto figures = line.substr(peak);
  return figures.contains(" of ") && figures.contains("%, ");
}

}  // namespace tidemark
