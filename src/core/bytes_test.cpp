#include "core/bytes.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Bytes, a_gb_is_two_to_the_thirty) {
  EXPECT_EQ(gib(1), Bytes{1'073'741'824});
}

TEST(Bytes, gib_round_trip_keeps_every_byte) {
  const Bytes odd{128'512'345'679};
  EXPECT_EQ(from_gib(to_gib(odd)), odd);
}

TEST(Bytes, headroom_may_be_negative) {
  EXPECT_LT(gib(1) - gib(2), Bytes{0});
}

TEST(Bytes, a_ratio_of_nothing_is_zero) {
  EXPECT_EQ(ratio(gib(1), Bytes{0}), 0.0);
}

}  // namespace
}  // namespace tidemark
