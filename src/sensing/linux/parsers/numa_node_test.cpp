#include "sensing/linux/parsers/numa_node.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(NumaNode, the_lines_begin_with_the_nodes_number) {
  const auto memory = parse_numa_node_meminfo(
      "Node 1 MemTotal:       99614720 kB\n"
      "Node 1 MemFree:        99000000 kB\n"
      "Node 1 MemUsed:          614720 kB\n");
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->total, mib(97'280));
  EXPECT_EQ(memory->free, kib(99'000'000));
}

TEST(NumaNode, without_its_fields_a_node_is_unknown) {
  EXPECT_FALSE(parse_numa_node_meminfo("").has_value());
  EXPECT_FALSE(parse_numa_node_meminfo("Node 1 MemTotal: 5 kB\n").has_value());
}

}  // namespace
}  // namespace tidemark
