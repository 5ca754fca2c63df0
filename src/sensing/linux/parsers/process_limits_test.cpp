#include "sensing/linux/parsers/process_limits.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(ProcessLimits, the_soft_limit_counts_and_unlimited_is_absent) {
  const auto limits = parse_process_limits(
      "Limit                     Soft Limit           Hard Limit           Units     \n"
      "Max data size             unlimited            unlimited            bytes     \n"
      "Max stack size            8388608              unlimited            bytes     \n"
      "Max address space         34359738368          68719476736          bytes     \n");
  EXPECT_EQ(limits.address_space, gib(32));
  EXPECT_FALSE(limits.data.has_value());
}

TEST(ProcessLimits, broken_text_has_no_limits) {
  EXPECT_FALSE(parse_process_limits("Max address space ").address_space.has_value());
  EXPECT_FALSE(parse_process_limits("").data.has_value());
}

}  // namespace
}  // namespace tidemark
