// The terminal as a surface for frames: full screen, keys as they are pressed, what it showed
// before given back at the end. ncurses stays behind it.
#pragma once

#include <memory>
#include <optional>

#include "core/result.h"
#include "live/live.h"

namespace tidemark {

class TerminalScreen {
 public:
  /// Takes the terminal of standard input and output over; one at a time. Errors: unsupported (they
  /// are no terminal, or one that is not known).
  static Result<TerminalScreen> open();
  TerminalScreen(TerminalScreen&&) noexcept;
  TerminalScreen& operator=(TerminalScreen&&) noexcept;
  ~TerminalScreen();

  /// Its size as it is now, and what it can show.
  FrameOptions options() const;
  /// Only what differs from the frame before is written.
  void draw(const Frame& frame);
  /// The next key that was pressed; a size that changed is a key without meaning. Absent: none
  /// waits.
  std::optional<LiveInput> next_input();

 private:
  struct State;
  explicit TerminalScreen(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// True where the user's locale writes UTF-8. Sets the process's locale for characters.
bool locale_is_utf8();

}  // namespace tidemark
