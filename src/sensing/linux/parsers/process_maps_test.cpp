#include "sensing/linux/parsers/process_maps.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(ProcessMaps, a_line_is_a_range_of_addresses) {
  const auto range = parse_maps_line("7f5c2a600000-7f5c2a800000 rw-p 00000000 00:00 0 ");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->begin, 0x7f5c2a600000U);
  EXPECT_EQ(range->end, 0x7f5c2a800000U);
  EXPECT_TRUE(range->counts);
}

TEST(ProcessMaps, reserved_addresses_hold_no_pages) {
  EXPECT_FALSE(parse_maps_line("7f0000000000-7f8000000000 ---p 00000000 00:00 0 ")->counts);
}

TEST(ProcessMaps, a_devices_memory_is_none_of_the_processs_but_shared_memory_is) {
  constexpr std::string_view kBegin = "1000-2000 rw-s 00000000 00:06 700 ";
  const auto counts = [&](std::string_view path) {
    return parse_maps_line(std::string{kBegin}.append(path))->counts;
  };
  EXPECT_FALSE(counts("/dev/nvidia0"));
  EXPECT_FALSE(counts("/dev/dri/renderD128"));
  EXPECT_TRUE(counts("/dev/shm/torch_1 (deleted)"));
  EXPECT_TRUE(counts("/dev/zero (deleted)"));
  EXPECT_TRUE(counts("/home/user/data.bin"));
}

TEST(ProcessMaps, what_is_no_such_line_is_absent) {
  EXPECT_FALSE(parse_maps_line("").has_value());
  EXPECT_FALSE(parse_maps_line("1000 rw-p 00000000 00:00 0").has_value());
  EXPECT_FALSE(parse_maps_line("2000-1000 rw-p 00000000 00:00 0").has_value());
  EXPECT_FALSE(parse_maps_line("xyz-1000 rw-p 00000000 00:00 0").has_value());
  EXPECT_FALSE(parse_maps_line("1000-2000").has_value());
}

}  // namespace
}  // namespace tidemark
