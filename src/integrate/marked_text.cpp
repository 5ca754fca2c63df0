#include "integrate/marked_text.h"

#include "core/text.h"

namespace tidemark {
namespace {

constexpr std::string_view kBegin = "tidemark:begin";
constexpr std::string_view kEnd = "tidemark:end";
constexpr std::string_view kInlineBegin = "/* tidemark:begin */";
constexpr std::string_view kInlineEnd = "/* tidemark:end */";
constexpr auto kNone = std::string_view::npos;

std::string_view line_end_of(std::string_view text) {
  const auto end = text.find('\n');
  return end != kNone && end > 0 && text[end - 1] == '\r' ? "\r\n" : "\n";
}

std::string with_line_ends(std::string_view lines, std::string_view line_end) {
  std::string result;
  for (const char c : lines) {
    if (c == '\n')
      result += line_end;
    else
      result += c;
  }
  return result;
}

std::size_t line_begin(std::string_view text, std::size_t at) {
  const auto before = at == 0 ? kNone : text.rfind('\n', at - 1);
  return before == kNone ? 0 : before + 1;
}

std::size_t after_line(std::string_view text, std::size_t at) {
  const auto end = text.find('\n', at);
  return end == kNone ? text.size() : end + 1;
}

std::string mark_line(CommentKind comment, std::string_view word) {
  switch (comment) {
    case CommentKind::hash:
      return "# " + std::string{word} + "\n";
    case CommentKind::jsx:
      return "{/* " + std::string{word} + " */}\n";
    case CommentKind::slashes:
      break;
  }
  return "// " + std::string{word} + "\n";
}

/// Of a mark in the middle of a line; the JSX one has a line of its own, and a brace before it.
bool is_inline_mark(std::string_view text, std::size_t mark) {
  return mark >= 3 && text.substr(mark - 3).starts_with(kInlineBegin) &&
         (mark == 3 || text[mark - 4] != '{');
}

Error half_marked() {
  return {Errc::malformed,
          "a line \"tidemark:begin\" has no \"tidemark:end\" after it; take out what is left of "
          "Tidemark's lines by hand"};
}

}  // namespace

std::string with_block(std::string_view text, std::size_t at, std::string_view lines,
                       CommentKind comment) {
  const std::string block =
      mark_line(comment, kBegin) + std::string{lines} + mark_line(comment, kEnd);
  std::string result{text.substr(0, at)};
  result += with_line_ends(block, line_end_of(text));
  result += text.substr(at);
  return result;
}

std::string with_inline(std::string_view text, std::size_t at, std::string_view words) {
  std::string result{text.substr(0, at)};
  result += kInlineBegin;
  result += words;
  result += kInlineEnd;
  result += text.substr(at);
  return result;
}

Result<std::string> without_ours(std::string_view text) {
  std::string result;
  std::size_t from = 0;
  for (;;) {
    const auto mark = text.find(kBegin, from);
    if (mark == kNone) break;
    const auto end = text.find(kEnd, mark);
    if (end == kNone) return std::unexpected(half_marked());
    const bool is_inline = is_inline_mark(text, mark);
    const auto cut_from = is_inline ? mark - 3 : line_begin(text, mark);
    const auto cut_to = is_inline ? text.find("*/", end) : kNone;
    if (is_inline && cut_to == kNone) return std::unexpected(half_marked());
    result += text.substr(from, cut_from - from);
    from = is_inline ? cut_to + 2 : after_line(text, end);
  }
  result += text.substr(from);
  return result;
}

std::size_t find_line(std::string_view text, std::string_view beginning, std::size_t from) {
  for (auto at = from; at < text.size(); at = after_line(text, at)) {
    const auto line = text.substr(at, after_line(text, at) - at);
    if (trimmed(line, " \t\r\n").starts_with(beginning)) return at;
  }
  return kNone;
}

}  // namespace tidemark
