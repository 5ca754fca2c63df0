#include "logscan/line_prefix.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/text.h"

namespace tidemark {
namespace {

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t length = 0;
  while (at + length < text.size() && is_digit(text[at + length])) ++length;
  return length;
}

/// Length of "2026-07-29T09:31:11.158Z" (or with a space or a comma) at the front of `text`; else
/// 0.
std::size_t date_and_time(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < kShape.size()) return 0;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const char c = text[i];
    const bool fits = kShape[i] == 'd'   ? is_digit(c)
                      : kShape[i] == 'T' ? c == 'T' || c == ' '
                                         : c == kShape[i];
    if (!fits) return 0;
  }
  std::size_t length = kShape.size();
  if (length < text.size() && (text[length] == '.' || text[length] == ','))
    length += 1 + digits_at(text, length + 1);
  if (length < text.size() && text[length] == 'Z') ++length;
  return length;
}

std::size_t timestamp(std::string_view line) {
  const bool bracketed = line.starts_with('[');
  const std::size_t length = date_and_time(line.substr(bracketed ? 1 : 0));
  if (length == 0) return 0;
  const std::size_t end = bracketed ? length + 2 : length;
  if (bracketed && (line.size() < end || line[end - 1] != ']')) return 0;
  return end < line.size() && line[end] == ' ' ? end + 1 : 0;
}

/// "[rank0]: ", "[1,0]<stderr>:"; one space behind the colon belongs to it.
std::size_t bracketed_label(std::string_view line) {
  constexpr std::size_t kLongest = 32;
  if (!line.starts_with('[')) return 0;
  const auto close = line.substr(0, kLongest).find(']');
  if (close == std::string_view::npos || close < 2) return 0;
  const auto label = line.substr(1, close - 1);
  const bool plain = std::ranges::all_of(label, [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ',' ||
           c == '_' || c == '-';
  });
  if (!plain) return 0;
  std::size_t end = close + 1;
  for (const std::string_view stream : {"<stderr>", "<stdout>"})
    if (line.substr(end).starts_with(stream)) end += stream.size();
  if (end >= line.size() || line[end] != ':') return 0;
  ++end;
  return end < line.size() && line[end] == ' ' ? end + 1 : end;
}

std::size_t task_number(std::string_view line) {
  const std::size_t digits = digits_at(line, 0);
  return digits > 0 && digits <= 4 && line.substr(digits).starts_with(": ") ? digits + 2 : 0;
}

std::size_t ray_worker(std::string_view line) {
  constexpr std::size_t kLongest = 128;
  if (!line.starts_with('(')) return 0;
  const auto close = line.substr(0, kLongest).find(") ");
  if (close == std::string_view::npos || !line.substr(0, close).contains("pid=")) return 0;
  return close + 2;
}

}  // namespace

std::string_view without_prefixes(std::string_view line) {
  constexpr std::array kShapes{&timestamp, &bracketed_label, &task_number, &ray_worker};
  constexpr int kMostPrefixes = 4;
  for (int i = 0; i < kMostPrefixes && !line.empty(); ++i) {
    const char first = line.front();
    if (first != '[' && first != '(' && !is_digit(first)) break;
    std::size_t length = 0;
    for (const auto shape : kShapes)
      if (length = shape(line); length > 0) break;
    if (length == 0) break;
    line.remove_prefix(length);
  }
  return line;
}

}  // namespace tidemark
