#include "monitor/allocator_thinning.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

AllocatorRecord at(double seconds, Bytes allocated) {
  return {.unix_seconds = seconds,
          .step = 10,
          .device = AllocatorRecord::Device::cuda,
          .allocated = allocated,
          .reserved = gib(20),
          .peak_allocated = gib(18),
          .peak_reserved = gib(20)};
}

std::size_t kept(AllocatorThinning& thinning, AllocatorRecord record) {
  std::vector<AllocatorRecord> records{record};
  thinning.thin(records);
  return records.size();
}

TEST(AllocatorThinning, steady_training_is_a_row_a_minute) {
  AllocatorThinning thinning;
  std::size_t rows = 0;
  for (int i = 0; i < 720; ++i) rows += kept(thinning, at(5.0 * i, gib(10)));
  EXPECT_EQ(rows, 60U);
}

TEST(AllocatorThinning, what_moves_is_kept) {
  AllocatorThinning thinning;
  EXPECT_EQ(kept(thinning, at(0, gib(10))), 1U);
  EXPECT_EQ(kept(thinning, at(5, gib(10) + mib(100))), 0U);
  EXPECT_EQ(kept(thinning, at(10, gib(11))), 1U);
  EXPECT_EQ(kept(thinning, at(15, gib(11))), 0U);
}

TEST(AllocatorThinning, the_smallest_new_peak_is_kept) {
  AllocatorThinning thinning;
  kept(thinning, at(0, gib(10)));
  auto peak = at(5, gib(10));
  peak.peak_allocated = gib(18) + Bytes{1};
  EXPECT_EQ(kept(thinning, peak), 1U);
}

TEST(AllocatorThinning, the_ends_of_phases_are_kept) {
  AllocatorThinning thinning;
  kept(thinning, at(0, gib(10)));
  auto outside = at(1, gib(10));
  outside.step.reset();
  EXPECT_EQ(kept(thinning, outside), 1U);
}

TEST(AllocatorThinning, devices_and_ranks_are_told_apart) {
  AllocatorThinning thinning;
  kept(thinning, at(0, gib(10)));
  auto second = at(1, gib(10));
  second.device_index = 1;
  EXPECT_EQ(kept(thinning, second), 1U);
  second.rank = 1;
  EXPECT_EQ(kept(thinning, second), 1U);
}

}  // namespace
}  // namespace tidemark
