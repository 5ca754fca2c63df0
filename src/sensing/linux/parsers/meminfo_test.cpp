#include "sensing/linux/parsers/meminfo.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

constexpr std::string_view kText =
    "MemTotal:       24684100 kB\n"
    "MemFree:        23639628 kB\n"
    "MemAvailable:   24287984 kB\n"
    "Buffers:            7476 kB\n"
    "Cached:           796024 kB\n"
    "SwapCached:            0 kB\n"
    "SwapTotal:       1048576 kB\n"
    "SwapFree:        1000000 kB\n"
    "Shmem:              8724 kB\n"
    "HugePages_Total:       0\n";

TEST(Meminfo, kernel_kilobytes_are_kibibytes) {
  const auto memory = parse_meminfo(kText);
  ASSERT_TRUE(memory) << memory.error().message;
  EXPECT_EQ(memory->total, Bytes{25276518400});
  EXPECT_EQ(memory->available, Bytes{24870895616});
  EXPECT_EQ(memory->used(), Bytes{405622784});
  EXPECT_EQ(memory->swap_used(), Bytes{49741824});
}

TEST(Meminfo, page_cache_leaves_out_shared_memory) {
  EXPECT_EQ(parse_meminfo(kText)->page_cache, Bytes{813850624});  // 796024 + 7476 - 8724 KiB
}

// cudaMemGetInfo's free is MemFree on a GB10: reading a file of 60 GB moved that from 103 to 41.5
// GB while MemAvailable stayed (unslothai/unsloth#10704).
TEST(Meminfo, a_large_file_that_is_read_uses_no_memory) {
  const auto before = parse_meminfo(
      "MemTotal: 127600748 kB\nMemFree: 108003328 kB\nMemAvailable: 121425101 kB\n"
      "Buffers: 0 kB\nCached: 1048576 kB\nShmem: 0 kB\n");
  const auto after = parse_meminfo(
      "MemTotal: 127600748 kB\nMemFree: 43515904 kB\nMemAvailable: 121425101 kB\n"
      "Buffers: 0 kB\nCached: 65536000 kB\nShmem: 0 kB\n");
  ASSERT_TRUE(before && after);
  EXPECT_EQ(before->used(), kib(6175647));
  EXPECT_EQ(after->used(), kib(6175647));
  EXPECT_EQ(after->page_cache, kib(65536000));
}

TEST(Meminfo, a_missing_field_is_absent) {
  const auto memory = parse_meminfo("MemTotal: 100 kB\nMemAvailable: 50 kB\n");
  ASSERT_TRUE(memory);
  EXPECT_FALSE(memory->swap_total.has_value());
  EXPECT_FALSE(memory->page_cache.has_value());
}

TEST(Meminfo, without_the_kernels_estimate_it_is_malformed) {
  EXPECT_EQ(parse_meminfo("MemTotal: 100 kB\nMemFree: 50 kB\n").error().code, Errc::malformed);
  EXPECT_EQ(parse_meminfo("").error().code, Errc::malformed);
  EXPECT_FALSE(parse_meminfo("MemTotal: 99999999999999999999 kB\nMemAvailable: 1 kB\n"));
}

}  // namespace
}  // namespace tidemark
