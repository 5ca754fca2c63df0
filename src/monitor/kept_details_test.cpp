#include "monitor/kept_details.h"

#include <gtest/gtest.h>

#include "monitor/row_builder.h"

namespace tidemark {
namespace {

GpuSample gpu(std::int32_t index, const char* id) {
  GpuSample sample;
  sample.device_index = index;
  sample.id = id;
  sample.name = "NVIDIA H100";
  sample.processes = {{.pid = 7, .memory = gib(1), .of_run = true}};
  return sample;
}

HostSample scanned(std::int64_t at, Bytes held) {
  HostSample sample;
  sample.tenants = TenantScan{
      .at = BootTime{at},
      .tenants = {{.id = {.pid = 300, .start_ticks = 5}, .name = "ComfyUI", .anon = held},
                  {.id = {.pid = 301, .start_ticks = 6},
                   .name = "sidecar",
                   .anon = gib(1),
                   .in_cgroup = true}}};
  return sample;
}

SampleRow thinned(TenantThinning& thinning, const HostSample& sample) {
  auto row = build_row(sample, nullptr, {}, SampleCause::tick, false);
  thinning.thin(row, sample.tenants);
  return row;
}

TEST(KeptDetails, slices_of_one_gpu_keep_what_tells_them_apart) {
  SampleRow row;
  row.gpus = {gpu(0, "MIG-a"), gpu(0, "MIG-b"), gpu(1, "GPU-c")};
  drop_details(row);
  EXPECT_EQ(row.gpus[0].id, "MIG-a");
  EXPECT_EQ(row.gpus[1].id, "MIG-b");
  EXPECT_EQ(row.gpus[2].id, "");
  EXPECT_EQ(row.gpus[0].name, "");
  EXPECT_TRUE(row.gpus[0].processes.empty());
}

TEST(KeptDetails, totals_of_pressure_stand_with_the_details) {
  SampleRow row;
  row.host_pressure_some_us_total = 5;
  row.main_major_faults_total = 6;
  row.swap_in_pages_total = 7;
  drop_details(row);
  EXPECT_FALSE(row.host_pressure_some_us_total);
  EXPECT_FALSE(row.main_major_faults_total);
  EXPECT_EQ(row.swap_in_pages_total, 7U);
}

TEST(KeptDetails, without_tracking_workers_are_unknown_and_no_single_process_is_kept) {
  HostSample sample;
  ProcessSample main;
  main.role = ProcessRole::main;
  main.rss = gib(3);
  sample.processes = {main};
  sample.gpus = {gpu(0, "GPU-a")};
  auto row = build_row(sample, nullptr, {}, SampleCause::event, true);
  forget_processes(row);
  EXPECT_EQ(row.main_rss, gib(3));
  EXPECT_FALSE(row.worker_count) << "not known is not none";
  EXPECT_FALSE(row.worker);
  EXPECT_FALSE(row.child_count);
  EXPECT_TRUE(row.processes.empty());
  EXPECT_TRUE(row.gpus[0].processes.empty());
  EXPECT_EQ(row.gpus[0].id, "GPU-a");
}

TEST(KeptDetails, tenants_are_listed_once_and_summed_in_every_row) {
  TenantThinning thinning;
  const auto first = thinned(thinning, scanned(100, gib(16)));
  EXPECT_EQ(first.tenants.size(), 2U);
  EXPECT_EQ(first.tenant_memory, gib(17));
  EXPECT_EQ(first.tenant_cgroup_memory, gib(1));
  const auto second = thinned(thinning, scanned(100, gib(16)));
  EXPECT_TRUE(second.tenants.empty()) << "the same scan";
  EXPECT_EQ(second.tenant_memory, gib(17));
}

TEST(KeptDetails, a_scan_that_found_the_same_is_not_listed_again) {
  TenantThinning thinning;
  thinned(thinning, scanned(100, gib(16)));
  EXPECT_TRUE(thinned(thinning, scanned(200, mib(16'500))).tenants.empty());
  EXPECT_EQ(thinned(thinning, scanned(300, gib(18))).tenants.size(), 2U);
}

TEST(KeptDetails, before_the_first_scan_nothing_is_claimed) {
  TenantThinning thinning;
  const auto row = thinned(thinning, HostSample{});
  EXPECT_FALSE(row.tenant_memory);
  EXPECT_TRUE(row.tenants.empty());
}

}  // namespace
}  // namespace tidemark
