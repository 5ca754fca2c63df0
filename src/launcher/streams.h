// What the launcher's own output streams are, and how each is therefore treated.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "launcher/launcher.h"

namespace tidemark {

enum class StreamKind : std::uint8_t {
  closed,
  terminal,
  pipe,  // anonymous or named
  socket,
  regular_file,
  other,  // /dev/null and other devices, a descriptor that is not open for writing
};

struct StreamFacts {
  StreamKind kind = StreamKind::closed;
  std::uint64_t device = 0;  // with inode: what the stream is, whatever descriptor leads there
  std::uint64_t inode = 0;   // 0 for terminals: their device number says it all
};

/// One stream of the trainer that goes through the launcher.
struct RelayPlan {
  StreamMode mode = StreamMode::pipe;  // pty or pipe
  StreamKind kind = StreamKind::pipe;
  std::vector<int> descriptors{};  // 1, 2, or both where they are one stream: order is kept so
};

struct OutputFile {
  std::string path{};
  long long offset = 0;
};

StreamFacts inspect_stream(int fd);

StreamMode mode_for(StreamKind kind, bool capture, bool log_copy);

/// The relays for standard output and standard error; none for what is inherited.
std::vector<RelayPlan> plan_relays(const StreamFacts& out, const StreamFacts& err, bool capture,
                                   bool log_copy);

/// Where an inherited regular file lies and where the trainer's first byte will go. Absent when it
/// has no path (deleted, or in no folder that this process sees).
std::optional<OutputFile> locate_output_file(int fd);

}  // namespace tidemark
