#include "logscan/exception_text.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace tidemark {
namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_identifier(char c) {
  return is_upper(c) || is_lower(c) || (c >= '0' && c <= '9') || c == '_';
}

constexpr std::array<std::string_view, 13> kExceptionEndings{
    "Error", "Exception", "Interrupt", "Exit", "Iteration", "Timeout", "Failure",
    "Abort", "Fault",     "Empty",     "Full", "error",     "timeout"};

std::string_view last_component(std::string_view type) {
  if (const auto colons = type.rfind("::"); colons != std::string_view::npos)
    return type.substr(colons + 2);
  const auto dot = type.rfind('.');
  return dot == std::string_view::npos ? type : type.substr(dot + 1);
}

bool is_known_exception(std::string_view type) {
  const std::string_view name = last_component(type);
  return std::ranges::any_of(kExceptionEndings,
                             [name](std::string_view end) { return name.ends_with(end); }) &&
         (is_upper(name[0]) || name[0] == '_' || name.size() < type.size());
}

/// A class name: "Foo" but not "INFO" or "foo".
bool may_be_exception(std::string_view type) {
  std::string_view name = last_component(type);
  while (name.starts_with('_')) name.remove_prefix(1);
  return !name.empty() && is_upper(name[0]) && std::ranges::any_of(name, is_lower);
}

/// Length of the dotted identifier at the front of `line`.
std::size_t dotted_name_length(std::string_view line) {
  constexpr std::size_t kLongest = 200;
  std::size_t length = 0;
  while (length < line.size() && length < kLongest &&
         (is_identifier(line[length]) || line[length] == '.' ||
          (line[length] == '<' && line.substr(length).starts_with("<locals>.")))) {
    length += line[length] == '<' ? std::string_view{"<locals>."}.size() : 1;
  }
  return length;
}

}  // namespace

std::optional<RaisedLine> parse_raised_line(std::string_view line, bool sure) {
  if (line.empty() || !(is_upper(line[0]) || is_lower(line[0]) || line[0] == '_'))
    return std::nullopt;
  const std::size_t length = dotted_name_length(line);
  const std::string_view type = line.substr(0, length);
  if (type.ends_with('.')) return std::nullopt;
  const std::string_view rest = line.substr(length);
  if (!trimmed(rest).empty() && !rest.starts_with(": ") && rest != ":") return std::nullopt;
  if (!is_known_exception(type) && !(sure && may_be_exception(type))) return std::nullopt;
  const bool colon = rest.starts_with(':');
  const std::string_view message = colon ? trimmed(rest.substr(1)) : std::string_view{};
  return RaisedLine{type, message, colon && message.empty()};
}

}  // namespace tidemark
