#include "core/utf8.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Utf8, valid_text_stays_as_it_is) {
  EXPECT_EQ(to_valid_utf8("Verlust \xE2\x96\x88 \xF0\x9F\x8C\x8A", 100),
            "Verlust \xE2\x96\x88 \xF0\x9F\x8C\x8A");
}

TEST(Utf8, bytes_of_no_character_are_replaced_one_by_one) {
  EXPECT_EQ(to_valid_utf8("a\xFF\xC0\x80z", 100), "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz");
}

TEST(Utf8, surrogates_and_cut_sequences_are_not_characters) {
  EXPECT_EQ(to_valid_utf8("\xED\xA0\x80", 100), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(to_valid_utf8("\xE2\x96", 100), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Utf8, control_characters_become_spaces) {
  EXPECT_EQ(to_valid_utf8(std::string_view{"a\x1B[0m\0\tb\n", 9}, 100), "a [0m \tb\n");
}

TEST(Utf8, a_longer_text_ends_in_dots_at_a_characters_boundary) {
  EXPECT_EQ(to_valid_utf8("abcdefghij", 10), "abcdefghij");
  EXPECT_EQ(to_valid_utf8("abcdefghijk", 10), "abcdefg...");
  EXPECT_EQ(to_valid_utf8("abcdef\xE2\x96\x88 and more", 10), "abcdef...");
  EXPECT_EQ(to_valid_utf8("abcdef", 2), "");
}

}  // namespace
}  // namespace tidemark
