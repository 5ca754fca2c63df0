// Exceptions that a log shows: their messages over several lines, and chains of them.
#include <algorithm>
#include <utility>

#include "core/text.h"
#include "logscan/line_prefix.h"
#include "logscan/log_state.h"
#include "logscan/masking.h"

namespace tidemark {
namespace {

constexpr std::size_t kMaxText = 4096;  // of a message with its further lines
constexpr std::size_t kMaxChain = 8;

}  // namespace

bool LogReader::State::take_traceback(std::string_view text, std::string_view label,
                                      const Signs& signs) {
  const bool likely = signs.has(Mark::traceback);
  if (!likely && !tracebacks_.is_open()) return false;
  // "ERROR 07-29 21:48:54 [executor.py:9] Traceback ...": the head repeats on each line of it.
  std::string_view inner = text;
  const LineHead head = parse_line_head(text);
  if (head.severity == Severity::error && head.text.data() > text.data()) {
    inner = head.text;
    if (inner.data() > text.data() && inner.data()[-1] == ' ') {
      const char* begin = inner.data();
      while (begin > text.data() + 1 && begin[-1] == ' ' && begin[-2] == ' ') --begin;
      inner = {begin, inner.size() + static_cast<std::size_t>(inner.data() - begin)};
    }
  }
  const TracebackPart part = tracebacks_.see(inner, label, likely);
  if (part == TracebackPart::none) return false;
  if (part == TracebackPart::part) {
    close_message();
    return true;
  }
  close_message();
  const Raised& raised = tracebacks_.raised();
  OpenMessage open;
  open.raised = raised;
  open.message = raised.message;
  open.text = last_component_of(raised.type) + ": " + raised.message.substr(0, kMaxText);
  open.label = label;
  open.place = place();
  open.at = training_.progress();
  message_ = std::move(open);
  return true;
}

/// Indented lines belong to a message; others may for a little while, where they cannot be more.
bool LogReader::State::goes_on_message(std::string_view text, std::string_view label) {
  constexpr int kMostLines = 12, kMostUnindented = 4;
  if (!message_) return false;
  OpenMessage& open = *message_;
  const bool indented = text.starts_with("  ") || text.starts_with('\t');
  const std::string_view words = trimmed(text);
  const bool starts_other = words.starts_with("Traceback") || words.starts_with("File \"") ||
                            words.starts_with("Original Traceback") ||
                            words.contains(" above exception") || words.starts_with("wandb:") ||
                            words.starts_with("what():") || words.starts_with("Aborted") ||
                            parse_raised_line(words, false) || timestamp_length(words) > 0 ||
                            parse_line_head(text).severity != Severity::unsaid;
  if (label != open.label && !open.label.empty()) return false;
  if (starts_other || open.lines >= kMostLines ||
      (!indented && open.unindented >= kMostUnindented)) {
    close_message();
    return false;
  }
  ++open.lines;
  open.unindented += indented ? 0 : 1;
  if (open.text.size() < kMaxText) open.text += '\n' + std::string{words.substr(0, kMaxText)};
  const bool belongs = indented || (open.message.empty() && open.raised.message_follows) ||
                       open.message.ends_with(':');
  if (belongs && open.message.size() < kMaxText)
    open.message += (open.message.empty() ? "" : "\n") + std::string{words.substr(0, kMaxText)};
  // A line that says something by itself is read on its own as well.
  return indented || open.message.ends_with(words);
}

void LogReader::State::close_message() {
  if (!message_) return;
  const OpenMessage open = *std::exchange(message_, std::nullopt);
  add_raised(open);
}

void LogReader::State::add_raised(const OpenMessage& open) {
  const Raised& raised = open.raised;
  if (raised.message.contains("Job stopped") || raised.message.contains("Job returning to queue")) {
    take_client_stop();
    return;
  }
  const std::string first = last_component_of(raised.type) + ": " + open.message;
  Judgement judgement = judge_raised(raised, first);
  if (!judgement.known) {
    const Judgement whole = judge_raised(raised, open.text);
    // A launcher's report of the process that raised it is not what was raised.
    if (whole.known && whole.weight != Weight::echo) judgement = whole;
  }
  if (raised.frames.empty() && !judgement.known)
    judgement.weight = std::min(judgement.weight, Weight::weak);
  const std::string name = last_component_of(raised.type);
  Kept kept = finding_of(judgement, open.message.empty() ? name : open.message);
  kept.type = raised.type;
  kept.finding.exception = fit_text(name, 120);
  kept.finding.traceback = fit_text(raised.frames, kMaxTraceback);
  kept.finding.first = kept.finding.last = open.place;
  kept.first_at = kept.last_at = open.at;
  kept.survived = raised.survived;
  if (raised.chained != Chained::no && merge_into_chain(kept, raised.chained)) return;
  Kept* wordless = wants_what_ ? findings_.find(*wants_what_) : nullptr;
  wants_what_.reset();
  if (wordless != nullptr && wordless->type == raised.type) {
    kept.finding.first = wordless->finding.first;
    kept.id = wordless->id;
    *wordless = std::move(kept);
    return;
  }
  const bool by_terminate = open.message.empty() && raised.type.contains("::");
  last_raised_ = add(std::move(kept));
  if (by_terminate) wants_what_ = last_raised_;
}

/// The root cause stands for its chain: the first exception that is known for what it is, in the
/// words of the last one that says the same. Absent one, what was raised while a mere look-up
/// failed.
bool LogReader::State::merge_into_chain(const Kept& raised, Chained chained) {
  Kept* root = last_raised_ ? findings_.find(*last_raised_) : nullptr;
  if (root == nullptr) return false;
  LogFinding& said = root->finding;
  const LogFinding& later = raised.finding;
  const auto mention = [](const LogFinding& finding) {
    return finding.exception + ": " + finding.message;
  };
  const bool echo = raised.weight == Weight::echo;
  const bool same = later.category == said.category && !echo && root->weight != Weight::echo;
  const bool lookup = said.exception == "KeyError" || said.exception == "AttributeError" ||
                      said.exception == "IndexError" || said.exception == "StopIteration" ||
                      said.exception == "Empty";
  const bool root_is_vague = !root->known || root->weight == Weight::echo;
  const bool later_wins =
      !echo && root_is_vague && (raised.known || (lookup && chained == Chained::handling));
  const bool rewords = same && root->known && raised.known;
  if (said.chain.size() < kMaxChain && (said.chain.empty() || said.chain.back() != mention(later)))
    said.chain.push_back(later_wins || rewords ? mention(said) : mention(later));
  if (!later_wins && !rewords) return true;
  const MemoryFigures figures = said.figures;
  said.category = later.category;
  said.level = later.level;
  said.message = later.message;
  said.exception = later.exception;
  root->type = raised.type;
  if (!later.traceback.empty()) said.traceback = later.traceback;
  if (later.worker_pid) said.worker_pid = later.worker_pid;
  said.figures = later.figures.requested ? later.figures : figures;
  root->weight = rewords ? std::max(root->weight, raised.weight) : raised.weight;
  root->known = raised.known;
  root->survived = raised.survived;
  return true;
}

}  // namespace tidemark
