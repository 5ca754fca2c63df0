// Lines of output -> what ended it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "logscan/exception_text.h"
#include "logscan/logscan.h"

namespace tidemark {

class ExceptionTracker {
 public:
  void see_line(std::string_view line);
  /// Training moved on by a step. After two of them nothing that was raised before has ended the
  /// run: one may be drawn by a bar that is closed while the exception passes.
  void training_went_on();
  OutputVerdict verdict() const { return verdict_; }

 private:
  enum class Standing : std::uint8_t { none, echo, ordinary, out_of_memory };

  bool take_opening(std::string_view line);
  void take_line_of_traceback(std::string_view text);
  void take_loose_line(std::string_view text);
  bool take_wanted_message(std::string_view text);
  void take(std::string_view type, std::string_view message, bool message_follows = false);
  void take_interruption(bool& flag);
  void close_traceback();
  std::string_view without_own_prefix(std::string_view line) const;

  OutputVerdict verdict_{};
  Standing standing_ = Standing::none;  // of verdict_.exception
  int open_tracebacks_ = 0;             // several ranks' may interleave
  bool after_indented_ = false;         // the line before was a frame
  bool ignored_ = false;                // the open traceback is one that the program survives
  bool next_is_ignored_ = false;
  int idle_lines_ = 0;                       // since the traceback last went on
  std::string prefix_{};                     // what stood before "Traceback", if anything
  std::optional<std::string> wanted_for_{};  // a type whose message comes on the next line
  bool wanted_as_what_ = false;              // as libstdc++ prints it: "  what():  std::bad_alloc"
  bool chained_ = false;  // the next exception was raised while the last one was handled
  int steps_since_ = 0;   // training steps since the verdict was last added to
};

}  // namespace tidemark
