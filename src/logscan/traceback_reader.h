// Lines -> exceptions with their frames: Python's tracebacks, chained, of several ranks at once, as
// IPython, Ray, rich and faulthandler draw them, and C++'s terminate.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "logscan/exception_text.h"

namespace tidemark {

enum class Chained : std::uint8_t { no, handling, cause };

/// One raised exception.
struct Raised {
  std::string type{};            // as printed, with its module; empty: the message alone was
  std::string message{};         // of the raised line alone
  bool message_follows = false;  // "RuntimeError:", the words are on the next line
  std::string frames{};          // the user's deepest frame and the last ones, bounded
  std::string user_source{};     // the source line of the user's deepest frame
  bool distributed = false;      // a frame lies in torch.distributed
  bool parsing_config = false;   // a frame reads a config
  Chained chained = Chained::no;
  bool survived = false;  // Python ignored it
};

/// What a line was.
enum class TracebackPart : std::uint8_t {
  none,    // no part of a traceback
  part,    // a header, a frame, a source line, a notice of chaining
  raised,  // the end of one: `raised()` has it
};

class TracebackReader {
 public:
  /// `text`: the line without labels. `likely`: the line has a word of tracebacks; without one it
  /// can only go on with an open traceback.
  TracebackPart see(std::string_view text, std::string_view label, bool likely);
  const Raised& raised() const { return raised_; }
  /// A traceback is open, so that every line has to be seen.
  bool is_open() const { return !open_.empty() || wants_what_; }
  /// A line of something else came: a notice that was said of the next traceback is over.
  void take_other_line() { survived_next_ = false; }
  bool says_of_next() const { return survived_next_; }
  bool saw_frames() const { return saw_frames_; }
  /// Frames of the traceback that is open, for an error that is printed without its class.
  std::string take_open_frames(std::string_view label);
  /// A traceback whose end never came.
  bool has_unfinished() const;

 private:
  struct Frame {
    std::string where{};
    std::string source{};
  };
  struct Open {
    std::string label{};
    std::string prefix{};  // what stood before "Traceback" on its line
    int headers = 1;
    std::size_t indent = 0;
    bool after_indented = false;
    bool survived = false;
    bool notebook = false;  // IPython: headers of frames are not indented
    int idle_lines = 0;
    Frame user{};
    std::vector<Frame> last{};  // the newest three
    bool last_is_user = false;
    bool distributed = false;
    bool parsing_config = false;
  };

  Open* find(std::string_view label);
  Open& open(std::string_view label);
  bool take_header(std::string_view text, std::string_view label);
  bool take_notice(std::string_view text);
  bool take_frame(std::string_view text, std::string_view label);
  TracebackPart go_on(Open& open, std::string_view text);
  TracebackPart end(Open* open, const RaisedLine& line);
  TracebackPart take_loose(std::string_view text);
  void add_frame(Open& open, std::string_view text);
  void add_source(Open& open, std::string_view text);
  void forget(const Open& open);

  std::vector<Open> open_{};
  Raised raised_{};
  Chained chained_ = Chained::no;
  bool survived_next_ = false;
  bool saw_frames_ = false;
  bool wants_what_ = false;  // "terminate called" came, its "what():" has not
  std::string what_type_{};
};

/// Frames as text: the user's deepest one first where it is not among the last.
std::string last_component_of(std::string_view type);

}  // namespace tidemark
