#include "live/dot_chart.h"

#include <gtest/gtest.h>

#include <string>

namespace tidemark {
namespace {

std::string text_of(const FrameLine& line) {
  std::string text;
  for (const auto& span : line) text += span.text;
  return text;
}

TEST(DotChart, a_flat_line_of_letters) {
  const auto lines = draw_chart({{Ink::pool, '*', {{0, 0}, {10, 0}}}},
                                {.columns = 5, .rows = 2, .from = 0, .to = 10, .dots = false});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(text_of(lines[0]), "     ");
  EXPECT_EQ(text_of(lines[1]), "*****");
}

TEST(DotChart, what_rises_is_one_line_without_holes) {
  const auto lines = draw_chart({{Ink::pool, '*', {{0, 0}, {10, 1}}}},
                                {.columns = 3, .rows = 3, .from = 0, .to = 10, .dots = false});
  EXPECT_EQ(text_of(lines[0]).back(), '*');
  EXPECT_EQ(text_of(lines[2]).front(), '*');
  for (std::size_t column = 0; column < 3; ++column)
    EXPECT_TRUE(text_of(lines[0])[column] == '*' || text_of(lines[1])[column] == '*' ||
                text_of(lines[2])[column] == '*');
}

TEST(DotChart, points_that_are_too_far_apart_are_not_joined) {
  const auto lines =
      draw_chart({{Ink::pool, '*', {{0, 0}, {10, 0}}}},
                 {.columns = 5, .rows = 1, .from = 0, .to = 10, .longest_gap = 5, .dots = false});
  EXPECT_EQ(text_of(lines[0]), "*   *");
}

TEST(DotChart, a_spike_among_many_points_of_one_column_is_seen) {
  ChartSeries series{Ink::pool, '*', {}};
  for (int i = 0; i <= 1000; ++i) series.points.emplace_back(i, i == 500 ? 1.0 : 0.0);
  const auto lines =
      draw_chart({series}, {.columns = 11, .rows = 4, .from = 0, .to = 1000, .dots = false});
  EXPECT_EQ(text_of(lines[0]), "     *     ");
}

TEST(DotChart, braille_dots_stand_where_the_values_are) {
  const auto lines = draw_chart({{Ink::pool, '*', {{0, 1}}}, {Ink::workers, 'w', {{1, 0}}}},
                                {.columns = 1, .rows = 1, .from = 0, .to = 1});
  ASSERT_EQ(lines[0].size(), 1U);
  EXPECT_EQ(lines[0][0].text, "\u2881");  // dots 1 (top left) and 8 (bottom right)
  EXPECT_EQ(lines[0][0].ink, Ink::workers);
}

TEST(DotChart, the_later_series_shows_where_lines_cross) {
  const auto lines =
      draw_chart({{Ink::workers, 'w', {{0, 0}, {10, 0}}}, {Ink::pool, '*', {{0, 0}, {5, 0}}}},
                 {.columns = 5, .rows = 1, .from = 0, .to = 10, .dots = false});
  EXPECT_EQ(text_of(lines[0]), "***ww");
}

TEST(DotChart, the_limit_is_a_line_of_its_own) {
  const auto lines =
      draw_chart({}, {.columns = 4, .rows = 2, .from = 0, .to = 1, .limit = 1.0, .dots = false});
  EXPECT_EQ(text_of(lines[0]), "----");
  EXPECT_EQ(lines[0][0].ink, Ink::critical);
  EXPECT_EQ(text_of(lines[1]), "    ");
}

TEST(DotChart, what_lies_outside_of_the_time_is_not_drawn) {
  const auto lines =
      draw_chart({{Ink::pool, '*', {{-100, 0}, {200, 0}}}},
                 {.columns = 3, .rows = 1, .from = 0, .to = 10, .longest_gap = 1, .dots = false});
  EXPECT_EQ(text_of(lines[0]), "   ");
}

TEST(DotChart, a_line_that_comes_from_before_the_time_reaches_its_edge) {
  const auto lines =
      draw_chart({{Ink::pool, '*', {{-5, 0}, {5, 0}}}},
                 {.columns = 5, .rows = 1, .from = 0, .to = 10, .longest_gap = 20, .dots = false});
  EXPECT_EQ(text_of(lines[0]), "***  ");
}

TEST(DotChart, no_time_is_no_line) {
  const auto lines = draw_chart({{Ink::pool, '*', {{5, 0}}}},
                                {.columns = 3, .rows = 1, .from = 5, .to = 5, .dots = false});
  EXPECT_EQ(text_of(lines[0]), "   ");
}

}  // namespace
}  // namespace tidemark
