// Lines that said nothing wrong, and those that look like them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "logscan/line_shape.h"

namespace tidemark {

/// What a line was read as, beside that nothing went wrong in it.
struct ReadAs {
  bool step = false;    // "step 100/2000 loss: 0.3"
  bool values = false;  // "{'loss': 0.3, ...}"
  bool shows_progress() const { return step || values; }
};

/// Remembers what lines said nothing wrong. One that differs from such a line in numbers alone says
/// nothing wrong either; whoever wants its numbers reads the newest (`take_skipped`).
class QuietLines {
 public:
  void learn(std::string_view line, ReadAs read_as);
  /// What such a line was read as; null: it has to be read.
  const ReadAs* find(std::string_view line) { return shapes_.find(line); }

  /// A line that shows progress is passed over.
  void skip(std::string_view line, ReadAs read_as);
  struct Skipped {
    std::string line{};  // the newest
    ReadAs read_as{};
    std::uint64_t lines = 0;  // since the last call
  };
  bool has_skipped() const { return skipped_.lines > 0; }
  Skipped take_skipped();

 private:
  LineShapes<ReadAs> shapes_{};
  Skipped skipped_{};
};

}  // namespace tidemark
