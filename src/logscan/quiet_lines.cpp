#include "logscan/quiet_lines.h"

#include "logscan/classify.h"

namespace tidemark {

void QuietLines::learn(std::string_view line, ReadAs read_as) {
  const bool sized = line.size() >= LineShape::kShortest && line.size() <= LineShape::kLongest;
  // A loss of zero is a sign beside gradients that are none.
  if (sized && !line.contains("nan") && !depends_on_numbers(line)) shapes_.add(line, read_as);
}

void QuietLines::skip(std::string_view line, ReadAs read_as) {
  skipped_.line = line;
  skipped_.read_as = read_as;
  ++skipped_.lines;
}

QuietLines::Skipped QuietLines::take_skipped() {
  Skipped skipped{skipped_.line, skipped_.read_as, skipped_.lines};
  skipped_.lines = 0;
  return skipped;
}

}  // namespace tidemark
