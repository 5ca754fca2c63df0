#include "logscan/traceback_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.h"

namespace tidemark {
namespace {

constexpr std::string_view kHeader = "Traceback (most recent call last)";
// xformers logs the ImportError of an optional module with its traceback.
constexpr std::string_view kOptionalTriton = "A matching Triton is not available";
constexpr std::size_t kMostOpen = 64;  // ranks of one machine
constexpr int kMostIdleLines = 60;     // a traceback whose end never came
constexpr std::size_t kMaxPrefix = 64;
constexpr std::size_t kMaxFrame = 200;
constexpr std::size_t kLastFrames = 3;

std::size_t indent_of(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? text.size() : first;
}

/// rich draws tracebacks in a box: U+2500 to U+257F.
bool is_boxed(std::string_view text) {
  text = trimmed(text);
  return text.starts_with("\xE2\x94") || text.starts_with("\xE2\x95");
}

std::string_view without_box(std::string_view text) {
  text = trimmed(text);
  while (text.starts_with("\xE2\x94") || text.starts_with("\xE2\x95"))
    text = trimmed(text.substr(std::min<std::size_t>(3, text.size())));
  while (text.size() >= 3 && (text.substr(text.size() - 3).starts_with("\xE2\x94") ||
                              text.substr(text.size() - 3).starts_with("\xE2\x95")))
    text = trimmed(text.substr(0, text.size() - 3));
  return text;
}

/// `File "train.py", line 3, in main`; faulthandler leaves out the comma. Without "in" it is where
/// a SyntaxError stands, which is no frame.
bool is_frame(std::string_view text) {
  text = trimmed(text);
  if (!text.starts_with("File \"")) return false;
  const auto line = text.find("\", line ");
  return line != std::string_view::npos &&
         (text.substr(line).contains(", in ") || text.substr(line + 8).contains(" in "));
}

bool is_syntax_place(std::string_view text) {
  text = trimmed(text);
  return text.starts_with("File \"") && text.contains("\", line ") && !is_frame(text);
}

/// IPython: "/usr/lib/x.py in train(self)", "<ipython-input-1-ab> in <module>", "Cell In[3], line
/// 2", "File ~/x.py:12, in f(a)".
bool is_notebook_frame(std::string_view text) {
  if (text.starts_with("<ipython-input-") || text.starts_with("Cell In[") ||
      text.starts_with("Input In "))
    return true;
  if (text.starts_with("File ") && text.contains(".py:") && text.contains(", in ")) return true;
  return (text.starts_with("/") || text.starts_with("~/")) && text.contains(".py in ");
}

/// rich: "/path/train.py:123 in main".
bool is_boxed_frame(std::string_view text) {
  if (!is_boxed(text)) return false;
  const auto python = text.find(".py:");
  return python != std::string_view::npos && text.substr(python).contains(" in ");
}

bool is_library(std::string_view frame) {
  constexpr std::array<std::string_view, 9> kPlaces{
      "/site-packages/", "/dist-packages/", "\\site-packages\\", "/lib/python", "<frozen ",
      "<string>",        "\\lib\\",         "\\Lib\\",           "/runpy.py"};
  return std::ranges::any_of(kPlaces, [frame](auto place) { return frame.contains(place); });
}

bool reads_config(std::string_view text) {
  constexpr std::array<std::string_view, 9> kSigns{"cfg",   "config", "yaml",    "toml",    "hydra",
                                                   "conf[", "opt[",   "hparams", "argparse"};
  return std::ranges::any_of(kSigns, [text](auto sign) { return text.contains(sign); });
}

/// Two ranks that write at once: "ValueErrorValueError: : x" -> "ValueError".
std::string_view single_name(std::string_view type) {
  for (std::size_t parts = 8; parts >= 2; --parts) {
    if (type.size() % parts != 0) continue;
    const std::string_view part = type.substr(0, type.size() / parts);
    if (part.size() < 4) continue;
    bool repeated = true;
    for (std::size_t i = 1; i < parts && repeated; ++i)
      repeated = type.substr(i * part.size(), part.size()) == part;
    if (repeated) return part;
  }
  return type;
}

std::string_view without_colons(std::string_view message) {
  while (message.starts_with(": ") || message.starts_with(' ')) message.remove_prefix(1);
  return message;
}

std::string frames_text(const auto& open) {
  std::string text;
  const auto add = [&text](const auto& frame) {
    if (!text.empty()) text += '\n';
    text += frame.where;
    if (!frame.source.empty()) text += "\n    " + frame.source;
  };
  const bool among_last = std::ranges::any_of(
      open.last, [&](const auto& frame) { return frame.where == open.user.where; });
  if (!open.user.where.empty() && !among_last) {
    add(open.user);
    text += "\n...";
  }
  for (const auto& frame : open.last) add(frame);
  return text;
}

}  // namespace

std::string last_component_of(std::string_view type) {
  if (const auto colons = type.rfind("::"); colons != std::string_view::npos)
    return std::string{type.substr(colons + 2)};
  return std::string{type.substr(type.rfind('.') + 1)};
}

TracebackReader::Open* TracebackReader::find(std::string_view label) {
  const auto found = std::ranges::find(open_, label, &Open::label);
  return found == open_.end() ? nullptr : &*found;
}

TracebackReader::Open& TracebackReader::open(std::string_view label) {
  if (Open* found = find(label)) return *found;
  if (open_.size() >= kMostOpen) open_.erase(open_.begin());
  open_.push_back({});
  open_.back().label = label;
  return open_.back();
}

void TracebackReader::forget(const Open& gone) {
  std::erase_if(open_, [&gone](const Open& open) { return &open == &gone; });
}

TracebackPart TracebackReader::see(std::string_view text, std::string_view label, bool likely) {
  if (likely) {
    if (take_notice(text)) return TracebackPart::part;
    if (take_header(text, label)) return TracebackPart::part;
    if (take_frame(text, label)) return TracebackPart::part;
  }
  if (Open* open = find(label)) {
    const TracebackPart part = go_on(*open, text);
    if (part != TracebackPart::none || !likely) return part;
  }
  survived_next_ = text.starts_with("Exception ignored in") ||
                   text.starts_with("Exception ignored on") ||
                   text.starts_with("--- Logging error ---") || text.contains(kOptionalTriton);
  return likely || wants_what_ ? take_loose(text) : TracebackPart::none;
}

bool TracebackReader::take_notice(std::string_view text) {
  if (text.contains("During handling of the above exception, another")) {
    chained_ = Chained::handling;
    return true;
  }
  if (text.contains("The above exception was the direct cause")) {
    chained_ = Chained::cause;
    return true;
  }
  return false;
}

bool TracebackReader::take_header(std::string_view text, std::string_view label) {
  auto at = text.find(kHeader);
  const bool script = at == std::string_view::npos && text.contains("Traceback of TorchScript");
  if (at == std::string_view::npos && !script) return false;
  if (script) at = 0;
  // The header ends its line; in a dumped config or a source line it does not.
  std::string_view behind = script ? "" : without_box(text.substr(at + kHeader.size()));
  if (behind.starts_with(':')) behind = trimmed(behind.substr(1));
  if (!behind.empty()) return false;
  std::string_view before = text.substr(0, at);
  const bool boxed = is_boxed(before);
  Open& opened = open(label);
  // Ranks without labels share one place: their headers are counted.
  opened.headers = std::min(opened.headers + (opened.last.empty() ? 0 : 1), 64);
  opened.indent = boxed ? 0 : indent_of(before) == before.size() ? before.size() : 0;
  opened.prefix.clear();
  if (before.ends_with("Original ")) before = {};
  const auto name = parse_raised_line(trimmed(before), true);
  opened.notebook = name && name->message.empty() && before.size() > 20;
  if (opened.notebook) opened.headers = 1;
  if (!boxed && !opened.notebook && !trimmed(before).empty() && before.size() <= kMaxPrefix &&
      !before.contains("%|") && !before.contains("]"))
    opened.prefix = before;
  opened.survived = survived_next_ || before.contains(kOptionalTriton);
  opened.after_indented = false;
  opened.idle_lines = 0;
  survived_next_ = false;
  return true;
}

bool TracebackReader::take_frame(std::string_view text, std::string_view label) {
  Open* opened = find(label);
  if (opened && !opened->prefix.empty() && text.starts_with(opened->prefix))
    text.remove_prefix(opened->prefix.size());
  const bool frame = is_frame(text) || is_boxed_frame(text) ||
                     (opened && opened->notebook && is_notebook_frame(text)) ||
                     text.starts_with("<ipython-input-");
  if (!frame) return false;
  add_frame(open(label), text);
  return true;
}

void TracebackReader::add_frame(Open& open, std::string_view text) {
  saw_frames_ = true;
  const std::string_view where = without_box(text).substr(0, kMaxFrame);
  open.last.push_back({std::string{where}, {}});
  if (open.last.size() > kLastFrames) open.last.erase(open.last.begin());
  open.last_is_user = !is_library(where);
  if (open.last_is_user) open.user = open.last.back();
  open.distributed = open.distributed || where.contains("torch/distributed");
  open.after_indented = true;
  open.idle_lines = 0;
}

void TracebackReader::add_source(Open& open, std::string_view text) {
  open.after_indented = true;
  open.idle_lines = 0;
  if (open.last.empty() || !open.last.back().source.empty()) return;
  const std::string_view source = trimmed(text);
  if (source.find_first_not_of("^~ ") == std::string_view::npos) return;
  open.last.back().source = source.substr(0, kMaxFrame);
  if (!open.last_is_user) return;
  open.user = open.last.back();
  open.parsing_config = reads_config(source);
}

TracebackPart TracebackReader::go_on(Open& open, std::string_view text) {
  if (!open.prefix.empty() && text.starts_with(open.prefix)) text.remove_prefix(open.prefix.size());
  if (is_syntax_place(text)) {
    open.after_indented = true;
    return TracebackPart::part;
  }
  if (is_boxed(text)) {
    open.after_indented = true;
    return TracebackPart::part;
  }
  const std::size_t indent = indent_of(text);
  const bool groups = text.starts_with("| ") || text.starts_with("+-");
  const bool arrow = open.notebook && text.starts_with("-");
  if (indent > open.indent || groups || arrow) {
    add_source(open, text);
    return TracebackPart::part;
  }
  const auto line = parse_raised_line(text.substr(indent), open.after_indented);
  if (line) return end(&open, *line);
  open.after_indented = open.notebook;
  if (++open.idle_lines > kMostIdleLines) forget(open);
  return TracebackPart::none;
}

TracebackPart TracebackReader::end(Open* open, const RaisedLine& line) {
  raised_ = {};
  raised_.type = single_name(line.type);
  raised_.message = without_colons(line.message);
  // Python prints one that it ignores with a colon, and nothing behind it.
  raised_.message_follows = line.message_follows && line.type != "KeyboardInterrupt";
  raised_.chained = std::exchange(chained_, Chained::no);
  if (open) {
    raised_.frames = frames_text(*open);
    raised_.user_source = open->user.source;
    raised_.distributed = open->distributed;
    raised_.parsing_config = open->parsing_config;
    raised_.survived = open->survived;
    open->after_indented = false;
    if (--open->headers <= 0) forget(*open);
  }
  return TracebackPart::raised;
}

/// Lines outside of tracebacks that end a program all the same.
TracebackPart TracebackReader::take_loose(std::string_view text) {
  constexpr std::string_view kTerminate = "terminate called after throwing an instance of '";
  constexpr std::string_view kFatal = "Fatal Python error: ";
  constexpr std::string_view kWhat = "what():";
  if (text.starts_with(kTerminate)) {
    const auto type = text.substr(kTerminate.size());
    what_type_ = type.substr(0, type.find('\''));
    wants_what_ = true;
    return end(nullptr, {what_type_, {}, true});
  }
  if (const auto what = text.find(kWhat); wants_what_ && what != std::string_view::npos) {
    wants_what_ = false;
    return end(nullptr, {what_type_, trimmed(text.substr(what + kWhat.size())), false});
  }
  wants_what_ = false;
  if (text.starts_with(kFatal))
    return end(nullptr, {"Fatal Python error", text.substr(kFatal.size()), false});
  const auto line = parse_raised_line(text, false);
  if (!line || line->type == "Error" || line->type == "Exception" || line->type == "error")
    return TracebackPart::none;
  if (line->message.empty() && line->type.find("Error") == std::string_view::npos &&
      line->type != "KeyboardInterrupt")
    return TracebackPart::none;
  return end(nullptr, *line);
}

std::string TracebackReader::take_open_frames(std::string_view label) {
  Open* opened = find(label);
  if (!opened || opened->last.empty()) return {};
  std::string frames = frames_text(*opened);
  if (--opened->headers <= 0) forget(*opened);
  return frames;
}

bool TracebackReader::has_unfinished() const {
  return std::ranges::any_of(open_, [](const Open& open) { return !open.last.empty(); });
}

}  // namespace tidemark
