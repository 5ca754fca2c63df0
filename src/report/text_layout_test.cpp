#include "report/text_layout.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tidemark {
namespace {

TEST(EscapeForTerminal, control_characters_are_shown_not_obeyed) {
  EXPECT_EQ(escape_for_terminal("a\x1b[31mb"), "a\\x1b[31mb");
  EXPECT_EQ(escape_for_terminal("line\nnext\rover"), "line\\nnext\\x0dover");
  EXPECT_EQ(escape_for_terminal("bell\x07 del\x7f"), "bell\\x07 del\\x7f");
  EXPECT_EQ(escape_for_terminal("tab\there"), "tab here");
}

TEST(EscapeForTerminal, c1_controls_and_reordering_are_shown_too) {
  EXPECT_EQ(escape_for_terminal("\xC2\x9B"
                                "31m"),
            "\\u009b31m");
  EXPECT_EQ(escape_for_terminal("gpj.\xE2\x80\xAE"
                                "exe"),
            "gpj.\\u202eexe");
  EXPECT_EQ(escape_for_terminal("\xE2\x81\xA6"), "\\u2066");
}

TEST(EscapeForTerminal, text_of_people_stays_as_it_is) {
  EXPECT_EQ(escape_for_terminal("f\xC3\xBCr \xE6\x97\xA5\xE6\x9C\xAC"),
            "f\xC3\xBCr \xE6\x97\xA5\xE6\x9C\xAC");
}

TEST(EscapeForTerminal, invalid_bytes_become_the_replacement_character) {
  EXPECT_EQ(escape_for_terminal("a\xFFz"), "a\xEF\xBF\xBDz");
}

TEST(CutTo, what_fits_is_left_and_the_rest_marked) {
  EXPECT_EQ(cut_to("short", 5), "short");
  EXPECT_EQ(cut_to("longer text", 8), "longe...");
  EXPECT_EQ(cut_to("\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC", 5), "\xC3\xBC\xC3\xBC...");
}

TEST(Wrap, lines_break_at_spaces_and_are_indented) {
  EXPECT_EQ(wrap("one two three four", 10, 2, 0), "one two\n  three\n  four");
  EXPECT_EQ(wrap("one two", 10, 2, 8), "one\n  two");
  EXPECT_EQ(wrap("averyveryverylongword x", 10, 2, 0), "averyveryverylongword\n  x");
  EXPECT_EQ(wrap("", 10, 2, 0), "");
}

TEST(Bar, it_is_as_long_as_its_share) {
  EXPECT_EQ(bar(0.5, 10), "#####.....");
  EXPECT_EQ(bar(2.0, 4), "####");
  EXPECT_EQ(bar(std::nan(""), 4), "....");
}

}  // namespace
}  // namespace tidemark
