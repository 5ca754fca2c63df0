// All trees here are synthetic, written after amdgpu's documentation and source.
#include "sensing/amd/amd_cards.h"

#include <gtest/gtest.h>

#include <array>

#include "support/host_tree.h"

namespace tidemark {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kCard = "sys/class/drm/card0/device/";

HostTree card(std::string_view vram_total, std::string_view vram_used, std::string_view gtt_used) {
  HostTree tree;
  const std::string folder{kCard};
  tree.file(folder + "uevent", "DRIVER=amdgpu\nPCI_SLOT_NAME=0000:03:00.0\n")
      .file(folder + "mem_info_vram_total", vram_total)
      .file(folder + "mem_info_vram_used", vram_used)
      .file(folder + "mem_info_gtt_total", "66000000000\n")
      .file(folder + "mem_info_gtt_used", gtt_used)
      .file(folder + "gpu_busy_percent", "97\n")
      .file("sys/class/drm/card0-DP-1/status", "connected\n");
  return tree;
}

// Radeon RX 7900 XTX: 24 GiB, Linux 6.9 or later.
HostTree discrete() {
  auto tree = card("25753026560\n", "1073741824\n", "52428800\n");
  tree.file(std::string{kCard} + "board_info", "type : cem\n")
      .file(std::string{kCard} + "unique_id", "6f9a4fbd2ad91ba0\n");
  return tree;
}

// Strix Halo: a carve-out of 512 MiB, the model in GTT.
HostTree apu() {
  auto tree = card("536870912\n", "155189248\n", "64424509440\n");
  tree.file(std::string{kCard} + "gpu_metrics", "\x08\x01\x03\x00"sv);
  return tree;
}

TEST(AmdCards, a_card) {
  const auto tree = discrete();
  AmdCards cards{tree.host()};
  cards.read({});
  ASSERT_EQ(cards.readings().size(), 1U);
  const auto& gpu = cards.readings()[0];
  EXPECT_EQ(gpu.bus_id, "0000:03:00.0");
  EXPECT_EQ(gpu.id, "GPU-6f9a4fbd2ad91ba0");
  EXPECT_EQ(gpu.domain, MemoryDomain::device);
  EXPECT_EQ(gpu.total, Bytes{25'753'026'560});
  EXPECT_EQ(gpu.used, gib(1));
  EXPECT_DOUBLE_EQ(gpu.utilization_ratio.value_or(0), 0.97);
}

TEST(AmdCards, an_apus_carve_out_and_gtt_are_one_pool_counted_once) {
  const auto tree = apu();
  AmdCards cards{tree.host()};
  cards.read({});
  const auto& gpu = cards.readings().at(0);
  EXPECT_EQ(gpu.domain, MemoryDomain::unified) << gpu.domain_evidence;
  EXPECT_FALSE(gpu.total.has_value()) << "neither 512 MiB nor their sum with GTT";
  EXPECT_FALSE(gpu.used.has_value());
  EXPECT_EQ(gpu.held, Bytes{64'579'698'688}) << "148 MiB of the carve-out and 60 GiB of GTT";
  EXPECT_EQ(gpu.carve_out_total, mib(512));
  EXPECT_EQ(gpu.carve_out_used, mib(148)) << "outside MemTotal";
}

TEST(AmdCards, where_the_kernel_does_not_tell_the_kind_is_unknown) {
  // 2 GiB of memory of its own beside 64 GB of GTT: a small card, or an APU with a large carve-out.
  const auto tree = card("2147483648\n", "1000\n", "0\n");
  AmdCards cards{tree.host()};
  cards.read({});
  EXPECT_EQ(cards.readings().at(0).domain, MemoryDomain::unknown);
  EXPECT_EQ(cards.readings().at(0).total, gib(2));
}

TEST(AmdCards, the_layout_that_mi300_cards_and_apus_share_does_not_tell) {
  auto tree = card("206158430208\n", "1000\n", "0\n");
  tree.file(std::string{kCard} + "gpu_metrics", "\x08\x01\x01\x05"sv);
  EXPECT_EQ(detect_amd_memory(tree.host(), "sys/class/drm/card0/device").domain,
            MemoryDomain::unknown);
  tree.file(std::string{kCard} + "gpu_metrics", "\x08\x01\x01\x03"sv);
  EXPECT_EQ(detect_amd_memory(tree.host(), "sys/class/drm/card0/device").domain,
            MemoryDomain::device);
  tree.file(std::string{kCard} + "uma/carveout", "0\n");
  EXPECT_EQ(detect_amd_memory(tree.host(), "sys/class/drm/card0/device").domain,
            MemoryDomain::unified);
}

TEST(AmdCards, a_sleeping_card_is_not_woken) {
  auto tree = discrete();
  tree.file(std::string{kCard} + "power/runtime_status", "suspended\n");
  AmdCards cards{tree.host()};
  cards.read({});
  EXPECT_FALSE(cards.readings().at(0).utilization_ratio.has_value());
  EXPECT_EQ(cards.readings().at(0).absences.at(0).why, "the device sleeps");
}

TEST(AmdCards, rocms_own_files_give_a_processs_memory) {
  auto tree = discrete();
  tree.file(std::string{kCard} + "drm/renderD128/dev", "226:128\n")
      .file("sys/class/kfd/kfd/topology/nodes/0/gpu_id", "0\n")
      .file("sys/class/kfd/kfd/topology/nodes/1/gpu_id", "30381\n")
      .file("sys/class/kfd/kfd/topology/nodes/1/properties",
            "simd_count 192\ndrm_render_minor 128\n")
      .file("sys/class/kfd/kfd/proc/7/vram_30381", "1610571776\n");
  AmdCards cards{tree.host()};
  cards.read(std::array{7, 8});
  const auto& processes = cards.readings().at(0).processes;
  ASSERT_EQ(processes->size(), 1U);
  EXPECT_EQ(processes->at(0).pid, 7);
  EXPECT_EQ(processes->at(0).memory, Bytes{1'610'571'776});
}

TEST(AmdCards, descriptors_of_one_client_are_counted_once) {
  auto tree = apu();
  const auto info =
      "drm-driver:\tamdgpu\ndrm-client-id:\t41\ndrm-pdev:\t0000:03:00.0\n"
      "drm-resident-vram:\t1024 KiB\ndrm-resident-gtt:\t2048 KiB\n";
  tree.link("proc/7/fd/3", "/dev/dri/renderD128")
      .link("proc/7/fd/4", "/dev/dri/renderD128")
      .link("proc/7/fd/5", "/tmp/x")
      .file("proc/7/fdinfo/3", info)
      .file("proc/7/fdinfo/4", info);
  AmdCards cards{tree.host()};
  cards.read(std::array{7});
  ASSERT_EQ(cards.readings().at(0).processes->size(), 1U);
  EXPECT_EQ(cards.readings().at(0).processes->at(0).memory, mib(3));
}

TEST(AmdCards, a_machine_without_any) {
  AmdCards cards{HostTree{}.host()};
  cards.read(std::array{7});
  EXPECT_TRUE(cards.readings().empty());
}

}  // namespace
}  // namespace tidemark
