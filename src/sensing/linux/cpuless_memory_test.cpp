#include "sensing/linux/cpuless_memory.h"

#include <gtest/gtest.h>

#include <array>

#include "support/host_tree.h"

namespace tidemark {
namespace {

// Synthetic, after what is known of a GH200: CPUs on node 0 alone, HBM on node 1, and nodes 2 to 8
// empty (kept for MIG slices).
HostTree grace_hopper() {
  HostTree tree;
  tree.file("sys/devices/system/node/node0/cpulist", "0-71\n")
      .file("sys/devices/system/node/node0/meminfo",
            "Node 0 MemTotal: 501740608 kB\nNode 0 MemFree: 480000000 kB\n")
      .file("sys/devices/system/node/node1/cpulist", "\n")
      .file("sys/devices/system/node/node1/meminfo",
            "Node 1 MemTotal: 99614720 kB\nNode 1 MemFree: 99000000 kB\n")
      .file("sys/devices/system/node/possible", "0-8\n");
  for (int node = 2; node <= 8; ++node) {
    const auto folder = "sys/devices/system/node/node" + std::to_string(node);
    tree.file(folder + "/cpulist", "\n")
        .file(folder + "/meminfo", "Node 2 MemTotal: 0 kB\nNode 2 MemFree: 0 kB\n");
  }
  return tree;
}

TEST(CpulessMemory, the_hbm_of_a_grace_hopper_is_a_node_without_cpus) {
  const auto tree = grace_hopper();
  const auto memory = read_cpuless_memory(tree.host(), std::array{1});
  ASSERT_TRUE(memory.has_value());
  EXPECT_TRUE(memory->of_gpus);
  EXPECT_EQ(memory->total, mib(97'280));
  EXPECT_EQ(memory->free, kib(99'000'000));
  EXPECT_EQ(memory->host_total(kib(601'355'328)), kib(501'740'608)) << "MemTotal without the HBM";
}

TEST(CpulessMemory, without_the_drivers_word_such_a_node_may_be_anything) {
  const auto tree = grace_hopper();
  const auto memory = read_cpuless_memory(tree.host(), {});
  ASSERT_TRUE(memory.has_value());
  EXPECT_FALSE(memory->of_gpus);
  EXPECT_EQ(memory->total, mib(97'280));
  EXPECT_EQ(memory->host_total(kib(601'355'328)), kib(601'355'328)) << "it stays host memory";
}

TEST(CpulessMemory, an_ordinary_machine_has_none) {
  const auto tree = HostTree{}
                        .file("sys/devices/system/node/node0/cpulist", "0-15\n")
                        .file("sys/devices/system/node/node0/meminfo",
                              "Node 0 MemTotal: 65536 kB\nNode 0 MemFree: 1024 kB\n");
  EXPECT_FALSE(read_cpuless_memory(tree.host(), {}).has_value());
  EXPECT_FALSE(read_cpuless_memory(HostTree{}.host(), {}).has_value());
}

}  // namespace
}  // namespace tidemark
