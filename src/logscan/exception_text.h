// What the text of one exception says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "logscan/logscan.h"

namespace tidemark {

/// The last line of a traceback, "torch.OutOfMemoryError: CUDA out of memory. ..." or
/// "KeyboardInterrupt".
struct RaisedLine {
  std::string_view type{};
  std::string_view message{};
  bool message_follows = false;  // "RuntimeError:", the words are on the next line
};

/// Absent where the line cannot be one. `sure`: nothing but its place makes "Foo: bar" an
/// exception, so without being sure of the place only names that are known to be exceptions count.
std::optional<RaisedLine> parse_raised_line(std::string_view line, bool sure);

}  // namespace tidemark
