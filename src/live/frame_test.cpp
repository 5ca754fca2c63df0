#include "live/frame.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Frame, wide_characters_take_two_columns_and_marks_none) {
  EXPECT_EQ(display_columns("abc"), 3U);
  EXPECT_EQ(display_columns("größe"), 5U);
  EXPECT_EQ(display_columns("模型"), 4U);
  EXPECT_EQ(display_columns("🚀"), 2U);
  EXPECT_EQ(display_columns("e\u0301"), 1U);
  EXPECT_EQ(display_columns("█▌⣿"), 3U);
}

TEST(Frame, what_does_not_fit_ends_in_dots) {
  EXPECT_EQ(fitted("abcdef", 6), "abcdef");
  EXPECT_EQ(fitted("abcdefg", 6), "abc...");
  EXPECT_EQ(fitted("模型模型", 7), "模型...");
  EXPECT_EQ(fitted("模型模型", 6), "模...");  // half a character is none
  EXPECT_EQ(fitted("abcdef", 2), "ab");
  EXPECT_EQ(fitted("abc", 0), "");
}

TEST(Frame, filled_text_has_exactly_its_columns) {
  EXPECT_EQ(padded("ab", 4), "ab  ");
  EXPECT_EQ(padded("模型模型", 6), "模... ");
}

TEST(Frame, a_line_is_cut_within_its_spans) {
  const auto line = cut_line({{Ink::plain, "abcd"}, {Ink::dim, "efgh"}, {Ink::plain, "ij"}}, 4);
  EXPECT_EQ(line, (FrameLine{{Ink::plain, "abcd"}}));
}

TEST(Frame, plain_text_has_no_blanks_at_the_ends_of_lines) {
  EXPECT_EQ(plain_text({{{{Ink::good, "a "}, {Ink::dim, " b  "}}, {}}}), "a  b\n\n");
}

TEST(Frame, in_ascii_keeps_the_columns) {
  const auto frame = in_ascii({{{{Ink::good, "aß模e\u0301"}}}});
  EXPECT_EQ(frame.lines[0][0].text, "a???e");
}

}  // namespace
}  // namespace tidemark
