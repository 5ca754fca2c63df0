// Lines of inked text: what a terminal shows, without a terminal. Part of the face (live.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// What a piece of text is, not its colour: that is the terminal's matter.
enum class Ink : std::uint8_t {
  plain,
  dim,
  strong,
  good,
  warning,
  critical,
  pool,
  main_process,
  workers,
  swap,
  selected
};

struct Span {
  Ink ink = Ink::plain;
  std::string text{};
  friend bool operator==(const Span&, const Span&) = default;
};
using FrameLine = std::vector<Span>;

struct Frame {
  std::vector<FrameLine> lines{};
};

/// Without ink; blanks at the ends of lines are left out. Each line ends with a newline.
std::string plain_text(const Frame& frame);

/// Columns that valid UTF-8 takes on a terminal: East Asian wide characters and emoji take two,
/// combining marks none.
std::size_t display_columns(std::string_view text);

/// `text` made harmless for a terminal and cut to `columns` of it, with "..." where something is
/// missing.
std::string fitted(std::string_view text, std::size_t columns);

/// The same, filled up with blanks to exactly `columns`.
std::string padded(std::string_view text, std::size_t columns);

/// `line` cut to `columns`.
FrameLine cut_line(FrameLine line, std::size_t columns);

/// What is no ASCII becomes "?", as many as it took columns.
Frame in_ascii(Frame frame);

}  // namespace tidemark
