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

/// A failed allocation of host, device or shared memory, by the words of the libraries that report
/// it.
bool is_out_of_memory(std::string_view type, std::string_view message);

/// Raised because something else ended first: a launcher's summary, a peer that is gone.
bool is_echo(std::string_view type, std::string_view message);

/// ai-toolkit's own way of stopping a job.
bool is_client_stop(std::string_view message);
/// A line that only ai-toolkit's worker writes, whole.
std::optional<ClientEnd> parse_client_end(std::string_view line);

/// Bounded, valid, without secrets.
SeenException seen_exception(std::string_view type, std::string_view message);

}  // namespace tidemark
