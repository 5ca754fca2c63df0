#include "sensing/mac_text/sysctl_values.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Sysctl, a_mac_under_load) {
  const auto values = parse_sysctl(
      "hw.memsize: 51539607552\n"
      "hw.optional.arm64: 1\n"
      "machdep.cpu.brand_string: Apple M5 Max\n"
      "kern.memorystatus_vm_pressure_level: 2\n"
      "vm.swapusage: total = 13312.00M  used = 11625.69M  free = 1686.31M  (encrypted)\n"
      "vm.loadavg: { 21.53 26.57 41.30 }\n");
  EXPECT_EQ(values.memory_total, gib(48));
  EXPECT_EQ(values.swap_total, gib(13));
  EXPECT_EQ(values.swap_used, Bytes{12190419517});  // 11625.69 MiB
  EXPECT_EQ(values.swap_free, Bytes{1768224194});
  EXPECT_EQ(values.pressure, MacPressure::warning);
  EXPECT_TRUE(values.is_apple_silicon);
  EXPECT_EQ(values.chip, "Apple M5 Max");
}

TEST(Sysctl, what_is_not_printed_is_absent) {
  const auto values = parse_sysctl("sysctl: unknown oid 'hw.optional.arm64'\nhw.memsize: 1024\n");
  EXPECT_EQ(values.memory_total, kib(1));
  EXPECT_FALSE(values.is_apple_silicon);
  EXPECT_FALSE(values.swap_used.has_value());
  EXPECT_FALSE(values.pressure.has_value());
  EXPECT_EQ(values.chip, "");
}

TEST(Sysctl, swap_sizes_in_any_locale_and_unit) {
  EXPECT_EQ(parse_swap_size("1024.00M"), gib(1));
  EXPECT_EQ(parse_swap_size("0,50G"), mib(512));
  EXPECT_EQ(parse_swap_size("4G"), gib(4));
  EXPECT_EQ(parse_swap_size("0.00M"), Bytes{0});
  EXPECT_FALSE(parse_swap_size("1024").has_value());
  EXPECT_FALSE(parse_swap_size("1.024.00M").has_value());
  EXPECT_FALSE(parse_swap_size("M").has_value());
  EXPECT_FALSE(parse_swap_size("").has_value());
}

TEST(Sysctl, a_pressure_level_that_is_none_of_the_known_is_absent) {
  EXPECT_EQ(mac_pressure(4), MacPressure::critical);
  EXPECT_FALSE(mac_pressure(3).has_value());
  EXPECT_FALSE(mac_pressure(0).has_value());
}

}  // namespace
}  // namespace tidemark
