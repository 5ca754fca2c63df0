// What three Macs' commands print (tests/fixtures/hosts/README.md says what of it is real).
#include <gtest/gtest.h>

#include "os/host_root.h"
#include "sensing/mac_text/mac_memory.h"
#include "sensing/mac_text/ps_table.h"

namespace tidemark {
namespace {

class RecordedMac {
 public:
  explicit RecordedMac(const std::string& name) : host_("tests/fixtures/hosts/" + name) {}
  VmStat vm_stat() const { return parse_vm_stat(text("vm_stat")).value(); }
  MacSysctl sysctl() const { return parse_sysctl(text("sysctl")); }
  std::string text(const std::string& command) const {
    return host_.read("commands/" + command + ".txt").value();
  }

 private:
  HostRoot host_;
};

TEST(MacUnderPressure, used_is_app_and_wired_and_compressed_memory) {
  const RecordedMac mac{"mac-apple-silicon-8gb"};
  const auto memory = build_mac_memory(mac.vm_stat(), mac.sysctl());
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->total, gib(8));
  // (145305 - 429 anonymous + 111522 wired + 148632 compressed) pages of 16 KiB
  EXPECT_EQ(memory->used(), Bytes{6636011520});
  EXPECT_NEAR(ratio(memory->used(), memory->total), 0.7725, 0.0001);  // 99% by free pages
  EXPECT_EQ(memory->page_cache, Bytes{1147174912});
  EXPECT_EQ(memory->swap_used(), Bytes{1072955392});
  EXPECT_EQ(mac.sysctl().pressure, MacPressure::warning);
  ASSERT_TRUE(pressure_notice(mac.sysctl()));
  EXPECT_NE(pressure_notice(mac.sysctl())->find("a warning"), std::string::npos);
}

TEST(MacAtRest, most_of_what_is_not_free_is_file_cache) {
  const RecordedMac mac{"mac-mini-16gb"};
  const auto memory = build_mac_memory(mac.vm_stat(), mac.sysctl());
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->used(), Bytes{9151561728});  // (467010 - 12355 + 103114 + 798) pages
  EXPECT_EQ(memory->available, gib(16) - Bytes{9151561728});
  EXPECT_FALSE(pressure_notice(mac.sysctl()).has_value());
}

TEST(MacAtRest, the_gpu_of_apple_silicon_shares_the_machines_ram) {
  const auto gpu = build_mac_gpu(RecordedMac{"mac-mini-16gb"}.sysctl());
  ASSERT_TRUE(gpu);
  EXPECT_EQ(gpu->domain, MemoryDomain::unified);
  EXPECT_EQ(gpu->name, "Apple M2");
  EXPECT_FALSE(gpu->memory_total.has_value());  // counted once, with the host
  EXPECT_FALSE(gpu->utilization_ratio.has_value());
}

TEST(IntelMac, small_pages_and_no_unified_gpu) {
  const RecordedMac mac{"mac-intel-32gb"};
  const auto memory = build_mac_memory(mac.vm_stat(), mac.sysctl());
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->total, gib(32));
  EXPECT_EQ(memory->used(), Bytes{4786057216});  // (464333 - 11820 + 715958 + 0) pages of 4 KiB
  EXPECT_FALSE(build_mac_gpu(mac.sysctl()).has_value());
  HostCounters counters;
  add_mac_counters(counters, mac.vm_stat());
  EXPECT_EQ(counters.swap_out_pages_total, 0U);
  EXPECT_EQ(counters.major_faults_total, 280307U);
  EXPECT_FALSE(counters.oom_kill_total.has_value());
}

TEST(MacProcesses, a_run_and_its_workers_as_ps_lists_them) {
  const auto rows = parse_ps(RecordedMac{"mac-mini-16gb"}.text("ps"));
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[2].name, "python3.12");
  EXPECT_EQ(rows[2].rss, mib(6144));
  EXPECT_EQ(rows[3].parent, rows[2].pid);
}

TEST(MacMemory, more_purgeable_than_anonymous_pages_is_no_negative_use) {
  const auto memory =
      build_mac_memory({.page = kib(16), .wired = 1, .purgeable = 5}, {.memory_total = mib(1)});
  EXPECT_EQ(memory->used(), kib(16));
  EXPECT_EQ(build_mac_memory({.page = kib(16)}, {}).error().code, Errc::malformed);
}

}  // namespace
}  // namespace tidemark
