#include "logscan/exception_tracker.h"

#include <algorithm>
#include <array>
#include <utility>

#include "logscan/line_prefix.h"

namespace tidemark {
namespace {

constexpr std::string_view kTraceback = "Traceback (most recent call last)";
constexpr std::string_view kTerminate = "terminate called after throwing an instance of '";
constexpr int kMostOpen = 64;        // ranks of one machine
constexpr int kMostIdleLines = 200;  // a traceback whose end never came
constexpr std::size_t kMaxPrefixBytes = 64;

constexpr std::array<std::string_view, 2> kChained{
    "During handling of the above exception, another", "The above exception was the direct cause"};
// Python prints these before the traceback of an exception that does not end the program.
constexpr std::array<std::string_view, 3> kSurvived{"Exception ignored in", "--- Logging error ---",
                                                    "Exception ignored on"};

template <class Table>
bool begins_with_any(std::string_view text, const Table& table) {
  return std::ranges::any_of(table,
                             [text](std::string_view words) { return text.starts_with(words); });
}

bool is_indented(std::string_view text) {
  return text.front() == ' ' || text.front() == '\t' || text.starts_with("| ") ||
         text.starts_with("+-");
}

/// `  File "train.py", line 3, in main`: a traceback whose header was lost among interleaved lines.
bool is_frame(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  return text.starts_with("File \"") && text.contains("\", line ");
}

/// "DataLoader worker (pid 7) is killed ...", said without a type, ends nothing by itself unless it
/// names memory.
bool is_bare_out_of_memory(std::string_view text) {
  return !text.starts_with('#') && !text.starts_with('"') && is_out_of_memory({}, text);
}

}  // namespace

void ExceptionTracker::see_line(std::string_view line) {
  if (take_opening(line)) return;
  next_is_ignored_ = false;
  const std::string_view text = without_own_prefix(line);
  if (text.empty()) return;
  if (begins_with_any(text, kChained)) {
    chained_ = true;
    return;
  }
  if (wanted_for_ && take_wanted_message(text)) return;
  if (open_tracebacks_ > 0) return take_line_of_traceback(text);
  take_loose_line(text);
}

/// The header ends its line, whatever is glued before it; in a dumped config or a source line it
/// does not. IPython leaves out the colon.
bool ExceptionTracker::take_opening(std::string_view line) {
  while (line.ends_with(' ') || line.ends_with(':')) line.remove_suffix(1);
  if (!line.ends_with(kTraceback)) return false;
  std::string_view before = line.substr(0, line.size() - kTraceback.size());
  before = without_prefixes(before);
  if (before.ends_with("Original ")) before.remove_suffix(std::string_view{"Original "}.size());
  prefix_.clear();
  if (before.size() <= kMaxPrefixBytes && !before.contains("%|") && !before.contains(']'))
    prefix_ = before;
  open_tracebacks_ = std::min(open_tracebacks_ + 1, kMostOpen);
  after_indented_ = false;
  idle_lines_ = 0;
  ignored_ = next_is_ignored_;
  next_is_ignored_ = false;
  wanted_for_.reset();
  return true;
}

std::string_view ExceptionTracker::without_own_prefix(std::string_view line) const {
  std::string_view text = without_prefixes(line);
  if (open_tracebacks_ > 0 && !prefix_.empty() && text.starts_with(prefix_))
    text.remove_prefix(prefix_.size());
  return text;
}

void ExceptionTracker::close_traceback() {
  --open_tracebacks_;
  after_indented_ = false;
  idle_lines_ = 0;
}

void ExceptionTracker::take_line_of_traceback(std::string_view text) {
  if (is_indented(text)) {
    after_indented_ = true;
    idle_lines_ = 0;
    return;
  }
  const auto raised = parse_raised_line(text, after_indented_);
  if (raised) {
    close_traceback();
    return take(raised->type, raised->message, raised->message_follows);
  }
  if (is_bare_out_of_memory(text)) {  // the type was lost to an interleaved line
    close_traceback();
    return take({}, text);
  }
  after_indented_ = false;
  if (++idle_lines_ > kMostIdleLines) open_tracebacks_ = 0;
}

/// Lines outside of tracebacks: only what cannot be anything else.
void ExceptionTracker::take_loose_line(std::string_view text) {
  constexpr std::string_view kFatal = "Fatal Python error: ";
  constexpr std::string_view kWorkerBusError = "ERROR: Unexpected bus error encountered in worker";
  switch (text.front()) {
    case ' ':
      if (!is_frame(text)) return;
      open_tracebacks_ = 1;
      after_indented_ = true;
      return;
    case 't':
      if (text.starts_with(kTerminate)) {
        const auto type = text.substr(kTerminate.size());
        take(type.substr(0, type.find('\'')), {}, true);
        wanted_as_what_ = true;
        return;
      }
      break;
    case 'F':
      if (text.starts_with(kFatal)) return take("Fatal Python error", text.substr(kFatal.size()));
      break;
    case 'J':
      if (is_client_stop(text)) return take_interruption(verdict_.client_stop);
      if (auto end = parse_client_end(text)) verdict_.client_end = std::move(end);
      break;
    case '-':
    case 'E':
      next_is_ignored_ = begins_with_any(text, kSurvived);
      if (text.starts_with(kWorkerBusError)) return take({}, text);
      break;
    default:
      break;
  }
  if (text == "KeyboardInterrupt") return take(text, {});
  const auto raised = parse_raised_line(text, false);
  if (raised && is_out_of_memory(raised->type, raised->message))
    take(raised->type, raised->message);
}

/// The words of an exception that has stood so long without any: "  what():  std::bad_alloc" under
/// "terminate called", or the line under an empty "RuntimeError:".
bool ExceptionTracker::take_wanted_message(std::string_view text) {
  constexpr std::string_view kWhat = "what():";
  const std::string type = wanted_for_.value_or("");
  wanted_for_.reset();
  if (!verdict_.exception || verdict_.exception->type != type ||
      !verdict_.exception->message.empty())
    return false;
  const auto what = text.find(kWhat);
  if (wanted_as_what_ && what == std::string_view::npos) return false;
  std::string_view message =
      what == std::string_view::npos ? text : text.substr(what + kWhat.size());
  while (message.starts_with(' ')) message.remove_prefix(1);
  const bool was_out_of_memory = verdict_.exception->out_of_memory;
  verdict_.exception = seen_exception(type, message);
  verdict_.exception->out_of_memory = verdict_.exception->out_of_memory || was_out_of_memory;
  if (verdict_.exception->out_of_memory) standing_ = Standing::out_of_memory;
  return true;
}

/// What was being handled when the user or the client stopped the program did not end it.
void ExceptionTracker::take_interruption(bool& flag) {
  flag = true;
  steps_since_ = 0;
  if (chained_ && standing_ != Standing::out_of_memory) {
    verdict_.exception.reset();
    standing_ = Standing::none;
  }
  chained_ = false;
}

void ExceptionTracker::take(std::string_view type, std::string_view message, bool message_follows) {
  if (std::exchange(ignored_, false)) return;
  if (type.ends_with("KeyboardInterrupt")) return take_interruption(verdict_.keyboard_interrupt);
  if (is_client_stop(message)) return take_interruption(verdict_.client_stop);
  chained_ = false;
  steps_since_ = 0;
  SeenException seen = seen_exception(type, message);
  Standing standing = is_echo(type, message) ? Standing::echo : Standing::ordinary;
  if (seen.out_of_memory) standing = Standing::out_of_memory;
  // What falls over while the program is being stopped did not stop it.
  if (standing != Standing::out_of_memory && (verdict_.keyboard_interrupt || verdict_.client_stop))
    return;
  // Of failed allocations the first one counts, unless it was said without a type.
  const bool first_stands = standing == Standing::out_of_memory && verdict_.exception &&
                            !verdict_.exception->type.empty();
  if (standing < standing_ || (standing == standing_ && first_stands)) return;
  if (message_follows) wanted_for_ = seen.type;
  wanted_as_what_ = false;
  standing_ = standing;
  verdict_.exception = std::move(seen);
}

void ExceptionTracker::training_went_on() {
  constexpr int kStepsThatProveIt = 2;
  if (++steps_since_ < kStepsThatProveIt) return;
  steps_since_ = 0;
  verdict_ = {};
  standing_ = Standing::none;
  open_tracebacks_ = 0;
  ignored_ = next_is_ignored_ = false;
  wanted_for_.reset();
}

}  // namespace tidemark
