// Texts -> what they are about, by the tables of patterns/.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "logscan/patterns/pattern.h"
#include "logscan/traceback_reader.h"

namespace tidemark {

struct Judgement {
  LogCategory category = LogCategory::other_error;
  Weight weight = Weight::decisive;
  bool known = false;  // a pattern or a class said so
  bool ends = false;   // the words say so: no logger's level makes them a warning
};

/// What a raised exception is about. `text`: its class and message, the message's further lines
/// included.
Judgement judge_raised(const Raised& raised, std::string_view text);

/// Families of words that a line is looked at for, besides the patterns.
enum class Mark : std::uint32_t {
  traceback = 1U << 0,
  warning = 1U << 1,
  step = 1U << 2,
  number_lost = 1U << 3,  // "nan", "inf"
  worker = 1U << 4,
  finished = 1U << 5,
  client = 1U << 6,
  killed = 1U << 7,
};

/// What one pass over a line found.
struct Signs {
  std::uint32_t marks = 0;
  std::optional<Judgement> said{};  // by a pattern that counts on a line of its own
  bool has(Mark mark) const { return (marks & static_cast<std::uint32_t>(mark)) != 0; }
  bool any() const { return marks != 0 || said; }
};
Signs find_signs(std::string_view line);

/// True where other numbers might make a pattern of the line: "exit code 1", "[Errno 2]".
bool depends_on_numbers(std::string_view line);

/// "loss: nan", "'eval_loss': inf": a loss that is no number.
bool shows_lost_loss(std::string_view line);

}  // namespace tidemark
