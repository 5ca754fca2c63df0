#include "cli/duration.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Age, is_read_with_its_unit) {
  EXPECT_EQ(parse_age_seconds("45s"), 45);
  EXPECT_EQ(parse_age_seconds("1.5h"), 5400);
  EXPECT_EQ(parse_age_seconds("90d"), 7'776'000);
  EXPECT_EQ(parse_age_seconds("90"), 7'776'000);
}

TEST(Age, words_negatives_and_other_units_are_refused) {
  for (const char* text : {"", "soon", "-3d", "3y", "nan", "inf", "3 d"})
    EXPECT_FALSE(parse_age_seconds(text)) << text;
}

}  // namespace
}  // namespace tidemark
