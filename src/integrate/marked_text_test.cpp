#include "integrate/marked_text.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(MarkedText, a_block_goes_in_front_of_its_line_and_comes_out_to_the_byte) {
  for (const std::string text : {"one\ntwo\nthree\n", "one\r\ntwo\r\nthree", "two"}) {
    const auto with = with_block(text, find_line(text, "two"), "ours\n", CommentKind::hash);
    EXPECT_TRUE(with.contains("# tidemark:begin")) << with;
    EXPECT_EQ(without_ours(with).value(), text);
  }
}

TEST(MarkedText, a_block_has_the_line_ends_of_the_file) {
  const auto with = with_block("one\r\ntwo\r\n", 5, "ours\n", CommentKind::slashes);
  EXPECT_EQ(with, "one\r\n// tidemark:begin\r\nours\r\n// tidemark:end\r\ntwo\r\n");
}

TEST(MarkedText, words_inside_a_line_come_out_and_blocks_with_them) {
  const std::string text = "type K = 'a';\nrest\n";
  auto with = with_inline(text, text.find(';'), " | 'b'");
  EXPECT_TRUE(with.starts_with("type K = 'a'/* tidemark:begin */ | 'b'/* tidemark:end */;"));
  with = with_block(with, find_line(with, "rest"), "more\n", CommentKind::slashes);
  EXPECT_EQ(without_ours(with).value(), text);
}

TEST(MarkedText, what_was_changed_around_ours_stays_changed) {
  auto with = with_block("one\ntwo\n", 4, "ours\n", CommentKind::hash);
  with = "zero\n" + with + "three\n";
  EXPECT_EQ(without_ours(with).value(), "zero\none\ntwo\nthree\n");
}

TEST(MarkedText, among_the_children_of_an_element_the_marks_are_jsx_comments) {
  const std::string text = "<a>\n  <b />\n</a>\n";
  const auto with = with_block(text, 4, "  <Ours />\n", CommentKind::jsx);
  EXPECT_EQ(with, "<a>\n{/* tidemark:begin */}\n  <Ours />\n{/* tidemark:end */}\n  <b />\n</a>\n");
  EXPECT_EQ(without_ours(with).value(), text);
}

TEST(MarkedText, half_a_mark_is_refused) {
  for (const std::string text : {"# tidemark:begin\nours\n", "a /* tidemark:begin */ b"})
    EXPECT_EQ(without_ours(text).error().code, Errc::malformed) << text;
}

TEST(MarkedText, a_line_is_found_behind_its_blanks) {
  EXPECT_EQ(find_line("a\n  model Job {\n", "model Job {"), 2U);
  EXPECT_EQ(find_line("a model Job {\n", "model Job {"), std::string_view::npos);
}

}  // namespace
}  // namespace tidemark
