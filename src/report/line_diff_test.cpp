#include "report/line_diff.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(LineDiff, a_changed_line_stands_among_three_others) {
  EXPECT_EQ(
      line_diff("a\nb\nc\nd\ne\nf\n", "a\nb\nc\nd\nX\nf\n", "job.yaml"),
      "--- job.yaml\n+++ job.yaml with the changes\n@@ -2,5 +2,5 @@\n b\n c\n d\n-e\n+X\n f\n");
}

TEST(LineDiff, changes_far_apart_are_apart) {
  std::string before, after;
  for (int i = 0; i < 20; ++i) {
    before += std::to_string(i) + "\n";
    after += i == 2 || i == 17 ? "x\n" : std::to_string(i) + "\n";
  }
  const auto text = line_diff(before, after, "j");
  EXPECT_NE(text.find("@@ -1,6 +1,6 @@"), std::string::npos);
  EXPECT_NE(text.find("@@ -15,6 +15,6 @@"), std::string::npos);
  EXPECT_EQ(text.find(" 9\n"), std::string::npos);
}

TEST(LineDiff, equal_texts_have_none_and_insertions_are_seen) {
  EXPECT_EQ(line_diff("a\n", "a\n", "j"), "");
  EXPECT_EQ(line_diff("", "a\n", "j"), "--- j\n+++ j with the changes\n@@ -0,0 +1,1 @@\n+a\n");
}

}  // namespace
}  // namespace tidemark
