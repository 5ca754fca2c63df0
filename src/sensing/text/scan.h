// The few steps that all texts of /proc and of cgroups need: lines, words, numbers. Nothing here
// allocates, and nothing trusts its input.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/bytes.h"

namespace tidemark {

/// Larger byte counts are taken as "no number": no machine has an exbibyte, the kernel's own words
/// for "unlimited" lie above it, and sums of a few such numbers cannot overflow.
inline constexpr std::int64_t kMostBytes = std::int64_t{1} << 60;

/// Cuts the first line off `rest`, without its newline.
inline std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

/// Cuts the first word off `rest`; empty when there is none left.
inline std::string_view take_word(std::string_view& rest) {
  std::size_t begin = 0;
  while (begin < rest.size() && is_blank(rest[begin])) ++begin;
  std::size_t end = begin;
  while (end < rest.size() && !is_blank(rest[end])) ++end;
  const auto word = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return word;
}

/// A whole word of decimal digits.
inline std::optional<std::uint64_t> parse_count(std::string_view word) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

/// `count` units of `unit_bytes` each.
constexpr std::optional<Bytes> bytes_of(std::uint64_t count, std::int64_t unit_bytes = 1) {
  if (count > static_cast<std::uint64_t>(kMostBytes / unit_bytes)) return std::nullopt;
  return Bytes{static_cast<std::int64_t>(count) * unit_bytes};
}

/// "  131072 kB": the kernel prints kB and means KiB.
inline std::optional<Bytes> parse_kib(std::string_view text) {
  const auto count = parse_count(take_word(text));
  return count ? bytes_of(*count, kBytesPerKib) : std::nullopt;
}

/// A line "Key:  value" of meminfo, status or smaps_rollup.
struct KeyedLine {
  std::string_view key{};
  std::string_view value{};
};
inline KeyedLine split_keyed_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  return {line.substr(0, colon), line.substr(colon + 1)};
}

}  // namespace tidemark
