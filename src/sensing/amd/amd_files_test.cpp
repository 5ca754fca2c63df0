#include "sensing/amd/amd_files.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using namespace std::string_view_literals;

TEST(AmdFiles, counts_are_bytes_and_busy_is_percent) {
  EXPECT_EQ(parse_byte_count("17163091968\n"), Bytes{17'163'091'968});
  EXPECT_FALSE(parse_byte_count("").has_value());
  EXPECT_FALSE(parse_byte_count("-1\n").has_value());
  EXPECT_DOUBLE_EQ(parse_busy_percent("97\n").value_or(0), 0.97);
  EXPECT_FALSE(parse_busy_percent("65535\n").has_value());
}

TEST(AmdFiles, the_revision_of_gpu_metrics_is_in_its_third_and_fourth_byte) {
  const auto revision = parse_gpu_metrics_revision("\x08\x01\x03\x00rest"sv);
  ASSERT_TRUE(revision.has_value());
  EXPECT_EQ(revision->format, 3);
  EXPECT_EQ(revision->content, 0);
  EXPECT_FALSE(parse_gpu_metrics_revision("\x08\x01"sv).has_value());
}

TEST(AmdFiles, a_drm_client_by_its_documented_keys) {
  const auto client = parse_drm_client(
      "pos:\t0\nflags:\t02100002\ndrm-driver:\tamdgpu\ndrm-client-id:\t41\n"
      "drm-pdev:\t0000:03:00.0\ndrm-resident-vram:\t2048 KiB\ndrm-resident-gtt:\t1 MiB\n"
      "drm-memory-vram:\t9999 KiB\n");
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ(client->bus_id, "0000:03:00.0");
  EXPECT_EQ(client->client, 41U);
  EXPECT_EQ(client->vram, mib(2));
  EXPECT_EQ(client->gtt, mib(1));
}

TEST(AmdFiles, older_kernels_have_the_older_keys) {
  const auto client = parse_drm_client(
      "drm-driver: amdgpu\ndrm-client-id: 7\ndrm-pdev: 0000:03:00.0\ndrm-memory-vram: 512 KiB\n");
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ(client->vram, kib(512));
  EXPECT_EQ(client->gtt, Bytes{});
}

TEST(AmdFiles, other_drivers_and_older_kernels_without_memory_are_left_out) {
  EXPECT_FALSE(parse_drm_client("drm-driver: i915\ndrm-client-id: 7\ndrm-pdev: 0000:00:02.0\n"
                                "drm-resident-vram: 5 KiB\n")
                   .has_value());
  EXPECT_FALSE(parse_drm_client("drm-driver: amdgpu\ndrm-client-id: 7\ndrm-pdev: 0000:03:00.0\n")
                   .has_value());
}

}  // namespace
}  // namespace tidemark
