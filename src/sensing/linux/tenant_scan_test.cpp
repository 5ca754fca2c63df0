#include "sensing/linux/tenant_scan.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "support/host_tree.h"

namespace tidemark {
namespace {

struct Program {
  int pid = 0;
  std::string name;
  std::int64_t rss_mib = 0;
  std::int64_t anon_mib = 0;
  std::string cgroup = "/";
};

void add(HostTree& tree, const Program& program) {
  const auto folder = "proc/" + std::to_string(program.pid);
  const auto pages = program.rss_mib * kBytesPerMib / ::sysconf(_SC_PAGESIZE);
  tree.file(folder + "/statm", "900000 " + std::to_string(pages) + " 500 1 0 2 0\n");
  tree.file(folder + "/stat", std::to_string(program.pid) + " (" + program.name +
                                  ") S 1 1 1 0 -1 0 0 0 7 0 0 0 0 0 20 0 1 0 4711 0 " +
                                  std::to_string(pages) +
                                  " 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
  tree.file(folder + "/status", "Name:\t" + program.name + "\nVmRSS:\t" +
                                    std::to_string(program.rss_mib * 1024) + " kB\nRssAnon:\t" +
                                    std::to_string(program.anon_mib * 1024) + " kB\n");
  tree.file(folder + "/cgroup", "0::" + program.cgroup + "\n");
}

TenantQuestion question() {
  return {.run_pids = {100, 101}, .limiting_cgroup = "/pod", .machine_total = gib(64)};
}

TEST(TenantScan, the_large_ones_are_named_and_neither_the_run_nor_small_ones_are) {
  HostTree tree;
  add(tree, {.pid = 100, .name = "python3", .rss_mib = 9000, .anon_mib = 9000});
  add(tree, {.pid = 101, .name = "pt_data_worker", .rss_mib = 9000, .anon_mib = 9000});
  add(tree, {.pid = 200, .name = "sshd", .rss_mib = 12, .anon_mib = 4});
  add(tree, {.pid = 300, .name = "ComfyUI", .rss_mib = 16'600, .anon_mib = 16'384});
  add(tree, {.pid = 301, .name = "ollama", .rss_mib = 33'000, .anon_mib = 32'768});
  const auto tenants = scan_tenants(tree.host(), question());
  ASSERT_EQ(tenants.size(), 2U);
  EXPECT_EQ(tenants[0].name, "ollama");
  EXPECT_EQ(tenants[0].id, (ProcessIdentity{.pid = 301, .start_ticks = 4711}));
  EXPECT_EQ(tenants[0].anon, gib(32));
  EXPECT_FALSE(tenants[0].pss) << "its page tables are too long a walk";
  EXPECT_EQ(tenants[0].held(), gib(32));
  EXPECT_EQ(tenants[1].name, "ComfyUI");
  EXPECT_EQ(tenants[1].held(), gib(16));
}

TEST(TenantScan, members_of_the_limiting_cgroup_and_of_those_below_it_are_marked) {
  HostTree tree;
  add(tree, {.pid = 300, .name = "in", .rss_mib = 900, .anon_mib = 900, .cgroup = "/pod/sidecar"});
  add(tree, {.pid = 301, .name = "out", .rss_mib = 800, .anon_mib = 800, .cgroup = "/podlet"});
  const auto tenants = scan_tenants(tree.host(), question());
  ASSERT_EQ(tenants.size(), 2U);
  EXPECT_TRUE(tenants[0].in_cgroup);
  EXPECT_FALSE(tenants[1].in_cgroup);
  EXPECT_EQ(total_held(tenants, true), mib(900));
  EXPECT_EQ(total_held(tenants, false), mib(1700));
}

TEST(TenantScan, a_small_member_of_the_limiting_cgroup_is_kept_before_larger_strangers) {
  HostTree tree;
  for (int i = 0; i < 9; ++i)
    add(tree, {.pid = 400 + i, .name = "cc1plus", .rss_mib = 900, .anon_mib = 900, .cgroup = "/"});
  add(tree, {.pid = 300, .name = "in", .rss_mib = 40, .anon_mib = 30, .cgroup = "/pod"});
  const auto tenants = scan_tenants(tree.host(), question());
  ASSERT_EQ(tenants.size(), 8U);
  EXPECT_TRUE(std::ranges::any_of(tenants, [](const Tenant& one) { return one.name == "in"; }));
}

TEST(TenantScan, pss_is_read_where_that_is_cheap_and_counts_in_place_of_anonymous_pages) {
  HostTree tree;
  auto with = question();
  with.machine_total = gib(16);
  add(tree, {.pid = 300, .name = "postgres", .rss_mib = 128, .anon_mib = 100});
  tree.file("proc/300/smaps_rollup",
            "00400000-7fff0000 ---p 00000000 00:00 0 [rollup]\nRss: 131072 kB\nPss: 40960 kB\n"
            "Private_Clean: 0 kB\nPrivate_Dirty: 1024 kB\n");
  const auto tenants = scan_tenants(tree.host(), with);
  ASSERT_EQ(tenants.size(), 1U);
  EXPECT_EQ(tenants[0].pss, mib(40));
  EXPECT_EQ(tenants[0].held(), mib(40));
  with.may_read_pss = false;
  EXPECT_EQ(scan_tenants(tree.host(), with).at(0).held(), mib(100));
}

TEST(TenantScan, what_holds_gpu_memory_is_named_however_little_ram_it_has) {
  HostTree tree;
  add(tree, {.pid = 300, .name = "Xorg", .rss_mib = 20, .anon_mib = 10});
  auto with = question();
  with.gpu_pids = {300};
  ASSERT_EQ(scan_tenants(tree.host(), with).size(), 1U);
  EXPECT_EQ(scan_tenants(tree.host(), question()).size(), 0U);
}

TEST(TenantScan, no_more_than_eight_are_kept_and_a_machine_without_others_has_none) {
  HostTree tree;
  for (int pid = 300; pid < 320; ++pid)
    add(tree, {.pid = pid, .name = "server", .rss_mib = 1000 + pid, .anon_mib = 1000});
  const auto tenants = scan_tenants(tree.host(), question());
  ASSERT_EQ(tenants.size(), 8U);
  EXPECT_EQ(tenants[0].id.pid, 319) << "the largest";
  EXPECT_TRUE(scan_tenants(HostTree{}.host(), question()).empty());
}

}  // namespace
}  // namespace tidemark
