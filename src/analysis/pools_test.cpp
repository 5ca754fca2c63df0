#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "analysis/analysis.h"

namespace tidemark {
namespace {

constexpr double kStart = 1'700'000'000;

SampleRow sample(double at, Bytes used, Bytes total = gib(128)) {
  SampleRow row;
  row.unix_seconds = kStart + at;
  row.total = total;
  row.used = used;
  row.main_rss = row.main_process = row.main_peak_rss = gib(2);
  row.worker_count = 0;
  row.process_basis = PssBasis::measured;
  return row;
}

GpuSample rtx(std::int32_t index, Bytes used) {
  GpuSample gpu;
  gpu.device_index = index;
  gpu.domain = MemoryDomain::device;
  gpu.memory_total = gib(24);
  gpu.memory_reserved = mib(512);
  gpu.memory_used = used;
  gpu.memory_held = used;
  gpu.run_memory = used;
  return gpu;
}

GpuSample gb10(Bytes run, Bytes held) {
  GpuSample gpu;
  gpu.domain = MemoryDomain::unified;
  gpu.run_memory = run;
  gpu.memory_held = held;
  return gpu;
}

SampleRow with(SampleRow row, std::vector<GpuSample> gpus) {
  row.gpus = std::move(gpus);
  return row;
}

RunEnd completed() {
  return {.unix_seconds = kStart + 60, .exit = {.kind = ExitKind::completed, .code = 0}};
}

RunFacts facts_of(const std::vector<SampleRow>& samples, std::optional<RunEnd> end = completed(),
                  std::optional<LogErrorRecord> said = std::nullopt) {
  FactsBuilder builder{{}, 1, std::move(end), {}};
  for (const auto& one : samples) builder.add(one);
  if (said) builder.add(*said, false);
  return std::move(builder).finish();
}

RunEnd failed_allocation() {
  return {.unix_seconds = kStart + 60, .exit = {.kind = ExitKind::oom_exception, .code = 1}};
}

RunEnd killed() {
  return {.unix_seconds = kStart + 60, .exit = {.kind = ExitKind::oom_killed, .signal = SIGKILL}};
}

LogErrorRecord cuda_oom(std::optional<Bytes> device_total = std::nullopt) {
  LogErrorRecord error;
  error.severity = LogSeverity::critical;
  error.category = "cuda_oom";
  error.exception = "torch.OutOfMemoryError";
  error.message = "CUDA out of memory. Tried to allocate 2.00 GiB.";
  error.device_total = device_total;
  error.decides = true;
  return error;
}

Bytes held_by(const Analysis& analysis, std::string_view name) {
  const auto part = std::ranges::find(analysis.breakdown, name, &Component::component);
  return part == analysis.breakdown.end() ? Bytes{-1} : part->held;
}

Bytes sum_of(const Analysis& analysis) {
  Bytes sum;
  for (const auto& part : analysis.breakdown) sum += part.held;
  return sum;
}

TEST(Pools, a_cards_limit_is_what_its_driver_leaves_to_programs) {
  const auto facts = facts_of({with(sample(0, gib(10)), {rtx(0, gib(20))})});
  ASSERT_EQ(facts.pools.size(), 2U);
  const auto& pool = facts.pools[1];
  EXPECT_EQ(pool.kind, PoolKind::gpu);
  EXPECT_EQ(pool.index, 0);
  EXPECT_EQ(pool.name, "memory of GPU 0");
  EXPECT_EQ(pool.limit, mib(24'064));
  EXPECT_EQ(pool.peak, gib(20));
}

TEST(Pools, each_of_two_cards_has_its_own_peak) {
  const auto facts = facts_of({with(sample(0, gib(10)), {rtx(0, gib(20)), rtx(1, gib(3))}),
                               with(sample(5, gib(10)), {rtx(0, gib(18)), rtx(1, gib(22))})});
  ASSERT_EQ(facts.pools.size(), 3U);
  EXPECT_EQ(facts.pools[1].peak, gib(20));
  EXPECT_EQ(facts.pools[2].peak, gib(22));
  const auto limiting = limiting_pool_of(facts, {.kind = ExitKind::completed});
  EXPECT_EQ(facts.pools[*limiting].index, 1);
}

TEST(Pools, a_card_that_only_might_have_become_the_runs_is_no_pool_of_it) {
  auto strangers = rtx(1, gib(23));
  strangers.run_memory = Bytes{};
  auto own = rtx(0, gib(1));
  own.run_memory = Bytes{};
  const auto guessed = with(sample(1, gib(20)), {own, strangers});
  const auto unused = facts_of({guessed});
  EXPECT_EQ(std::ranges::count(unused.pools, PoolKind::gpu, &PoolPeak::kind), 2);

  const auto used = facts_of({guessed, with(sample(2, gib(20)), {rtx(0, gib(12))})});
  const auto device = std::ranges::find(used.pools, PoolKind::gpu, &PoolPeak::kind);
  ASSERT_NE(device, used.pools.end());
  EXPECT_EQ(device->index, 0);
  EXPECT_EQ(device->peak, gib(12));
  EXPECT_EQ(std::ranges::count(used.pools, PoolKind::gpu, &PoolPeak::kind), 1);

  // One that the environment names stays, whether it is used or not.
  const auto named = facts_of({guessed, with(sample(2, gib(20)), {rtx(0, gib(12)), strangers})});
  EXPECT_EQ(std::ranges::count(named.pools, PoolKind::gpu, &PoolPeak::kind), 2);
}

TEST(Pools, slices_of_one_gpu_are_told_apart_by_their_uids) {
  auto first = rtx(0, gib(5));
  first.id = "MIG-aaaaaaaa-1";
  auto second = rtx(0, gib(9));
  second.id = "MIG-bbbbbbbb-2";
  const auto facts = facts_of(
      {with(sample(0, gib(10)), {first, second}), with(sample(5, gib(10)), {second, first})});
  ASSERT_EQ(facts.pools.size(), 3U);
  EXPECT_EQ(facts.pools[1].name, "memory of MIG slice aaaaaaaa of GPU 0");
  EXPECT_EQ(facts.pools[1].peak, gib(5));
  EXPECT_EQ(facts.pools[2].peak, gib(9));
}

TEST(Pools, a_name_that_comes_with_some_samples_only_makes_no_second_pool) {
  auto named = rtx(0, gib(5));
  named.id = "GPU-1";
  named.name = "NVIDIA GeForce RTX 4090";
  const auto facts =
      facts_of({with(sample(0, gib(9)), {rtx(0, gib(4))}), with(sample(5, gib(9)), {named}),
                with(sample(10, gib(9)), {rtx(0, gib(6))})});
  ASSERT_EQ(facts.pools.size(), 2U);
  EXPECT_EQ(facts.pools[1].peak, gib(6));
  EXPECT_EQ(facts.pools[1].device_name, "NVIDIA GeForce RTX 4090");
}

TEST(Pools, ram_that_the_gpu_shares_is_one_pool_also_where_the_driver_was_silent) {
  const auto facts =
      facts_of({sample(0, gib(20)), with(sample(5, gib(100)), {gb10(gib(70), gib(80))}),
                sample(10, gib(90))});
  ASSERT_EQ(facts.pools.size(), 1U);
  EXPECT_EQ(facts.pools[0].kind, PoolKind::unified);
  EXPECT_EQ(facts.pools[0].name, "unified memory");
  EXPECT_EQ(facts.pools[0].limit, gib(128));
  EXPECT_EQ(facts.pools[0].peak, gib(100)) << "what the GPU holds is in it already";
}

TEST(Pools, a_missing_value_makes_no_machine_unified) {
  auto silent = rtx(0, gib(1));
  silent.memory_used.reset();
  const auto facts = facts_of({with(sample(0, gib(20)), {silent})});
  ASSERT_EQ(facts.pools.size(), 1U);
  EXPECT_EQ(facts.pools[0].kind, PoolKind::host);
}

TEST(Pools, a_desktops_built_in_gpu_beside_the_card_that_trains_is_no_unified_machine) {
  const auto with_idle = with(sample(0, gib(20)), {rtx(0, gib(5)), gb10(Bytes{}, gib(1))});
  EXPECT_EQ(facts_of({with_idle}).pools[0].kind, PoolKind::host);
  const auto with_used = with(sample(0, gib(20)), {rtx(0, gib(5)), gb10(gib(3), gib(4))});
  EXPECT_EQ(facts_of({with_used}).pools[0].kind, PoolKind::unified);
}

TEST(Pools, an_apus_carve_out_belongs_to_the_pool_and_gtt_is_in_it_already) {
  auto apu = gb10(gib(50), gib(60));
  apu.carve_out_total = gib(32);
  apu.carve_out_used = gib(30);
  const auto facts = facts_of({with(sample(0, gib(50), gib(96)), {apu})});
  ASSERT_EQ(facts.pools.size(), 1U);
  EXPECT_EQ(facts.pools[0].limit, gib(128));
  EXPECT_EQ(facts.pools[0].peak, gib(80)) << "30 GB of GTT are in the machine's 50 GB";
}

TEST(Pools, a_grace_hopper_has_two_and_each_its_own_limit) {
  auto hbm = rtx(0, gib(90));
  hbm.domain = MemoryDomain::coherent;
  hbm.memory_total = gib(96);
  auto row = with(sample(0, gib(140), gib(576)), {hbm});
  row.cpuless_total = gib(96);
  row.cpuless_free = gib(6);
  const auto facts = facts_of({row});
  ASSERT_EQ(facts.pools.size(), 2U);
  EXPECT_EQ(facts.pools[0].kind, PoolKind::host);
  EXPECT_EQ(facts.pools[0].limit, gib(480));
  EXPECT_EQ(facts.pools[0].peak, gib(50));
  EXPECT_EQ(facts.pools[1].kind, PoolKind::gpu);
  EXPECT_EQ(facts.pools[1].peak, gib(90));
}

TEST(LimitingPool, a_failed_cuda_allocation_names_the_gpu_although_samples_show_less) {
  auto full_host = with(sample(0, gib(120)), {rtx(0, gib(12))});
  const auto facts = facts_of({full_host}, failed_allocation(), cuda_oom());
  const auto limiting = limiting_pool_of(facts, facts.end->exit);
  ASSERT_TRUE(limiting);
  EXPECT_EQ(facts.pools[*limiting].kind, PoolKind::gpu);
  EXPECT_EQ(facts.pools[*limiting].peak, gib(12)) << "as far as samples show it";
}

TEST(LimitingPool, of_several_cards_the_message_tells_the_size) {
  auto small = rtx(1, gib(6));
  small.memory_total = gib(12);
  small.memory_reserved.reset();
  const auto row = with(sample(0, gib(9)), {rtx(0, gib(20)), small});
  const auto facts = facts_of({row}, failed_allocation(), cuda_oom(mib(12'200)));
  EXPECT_EQ(facts.pools[*limiting_pool_of(facts, facts.end->exit)].index, 1);
}

TEST(LimitingPool, on_unified_memory_a_failed_cuda_allocation_names_the_one_pool) {
  const auto facts = facts_of({with(sample(0, gib(120)), {gb10(gib(90), gib(90))})},
                              failed_allocation(), cuda_oom());
  EXPECT_EQ(facts.pools[*limiting_pool_of(facts, facts.end->exit)].kind, PoolKind::unified);
  EXPECT_EQ(facts.pools.size(), 1U);
}

TEST(LimitingPool, a_kill_on_unified_memory_names_it) {
  const auto facts = facts_of({with(sample(0, gib(126)), {gb10(gib(90), gib(90))})}, killed());
  EXPECT_EQ(facts.pools[*limiting_pool_of(facts, facts.end->exit)].kind, PoolKind::unified);
}

TEST(DeviceBreakdown, allocator_context_and_other_programs_add_up_to_the_peak) {
  auto gpu = rtx(0, gib(23));
  gpu.run_memory = gib(18);
  gpu.memory_held = gib(22);
  gpu.processes = {{.pid = 42, .memory = gib(18), .of_run = true},
                   {.pid = 900, .memory = gib(4), .of_run = false}};
  auto row = with(sample(0, gib(10)), {gpu});
  row.tenant_memory = gib(1);
  row.tenants = {{.id = {.pid = 900}, .name = "ollama", .anon = gib(1)}};
  auto facts = facts_of({row});
  take_if_nearest(facts, {.unix_seconds = kStart + 40,
                          .device = AllocatorRecord::Device::cuda,
                          .allocated = gib(1),
                          .reserved = gib(2)});
  take_if_nearest(facts, {.unix_seconds = kStart + 1,
                          .device = AllocatorRecord::Device::cuda,
                          .allocated = gib(14),
                          .reserved = gib(17)});
  const auto analysis = analyze(std::move(facts), nullptr);
  EXPECT_EQ(held_by(analysis, "gpu_tensors"), gib(14));
  EXPECT_EQ(held_by(analysis, "allocator_slack"), gib(3));
  EXPECT_EQ(held_by(analysis, "gpu_context"), gib(1));
  EXPECT_EQ(held_by(analysis, "other_processes"), gib(4));
  EXPECT_EQ(held_by(analysis, "unattributed"), gib(1));
  EXPECT_EQ(sum_of(analysis), gib(23));
  ASSERT_FALSE(analysis.findings.empty());
  EXPECT_EQ(analysis.summary.primary_cause, "other_process");
  EXPECT_EQ(analysis.findings[0].title, "ollama (pid 900) held 4.0 GB");
}

TEST(DeviceBreakdown, without_the_allocators_word_the_drivers_list_stands) {
  const auto analysis = analyze(facts_of({with(sample(0, gib(10)), {rtx(0, gib(22))})}), nullptr);
  EXPECT_EQ(held_by(analysis, "gpu_memory"), gib(22));
  EXPECT_EQ(analysis.breakdown.size(), 1U);
}

TEST(DeviceBreakdown, pids_of_another_namespace_blame_nobody) {
  auto gpu = rtx(0, gib(22));
  gpu.run_memory = Bytes{};
  const auto analysis = analyze(facts_of({with(sample(0, gib(10)), {gpu})}), nullptr);
  EXPECT_EQ(held_by(analysis, "other_processes"), Bytes{-1});
  EXPECT_EQ(held_by(analysis, "unattributed"), gib(22));
  EXPECT_EQ(analysis.findings.empty() ? "" : analysis.findings[0].id, "near_limit");
}

TEST(UnifiedBreakdown, what_the_run_holds_through_the_gpu_has_a_part_of_its_own) {
  auto first = with(sample(0, gib(8)), {gb10(Bytes{}, Bytes{})});
  auto peak = with(sample(5, gib(110)), {gb10(gib(80), gib(84))});
  peak.tenant_memory = gib(10);
  peak.tenants = {{.id = {.pid = 300}, .name = "ComfyUI", .anon = gib(10), .gpu_memory = gib(4)}};
  const auto analysis = analyze(facts_of({first, peak}), nullptr);
  EXPECT_EQ(held_by(analysis, "gpu_memory"), gib(80));
  EXPECT_EQ(held_by(analysis, "other_processes"), gib(14));
  EXPECT_EQ(held_by(analysis, "main_process"), gib(2));
  EXPECT_EQ(sum_of(analysis), gib(110));
  EXPECT_EQ(analysis.summary.primary_cause, "other_process");
  EXPECT_EQ(analysis.findings[0].title, "ComfyUI (pid 300) held 14.0 GB");
}

TEST(UnifiedBreakdown, what_others_held_through_the_gpu_from_the_start_is_no_baseline) {
  auto first = with(sample(0, gib(50)), {gb10(Bytes{}, gib(30))});
  first.tenant_memory = gib(5);
  auto peak = with(sample(5, gib(110)), {gb10(gib(50), gib(80))});
  peak.tenant_memory = gib(5);
  const auto analysis = analyze(facts_of({first, peak}), nullptr);
  EXPECT_EQ(held_by(analysis, "other_processes"), gib(35));
  EXPECT_EQ(held_by(analysis, "system_baseline"), gib(13));
  EXPECT_EQ(held_by(analysis, "unattributed"), gib(10));
}

TEST(UnifiedBreakdown, without_a_list_of_processes_the_rest_is_named) {
  auto gpu = gb10(Bytes{}, Bytes{});
  gpu.run_memory.reset();
  gpu.memory_held.reset();
  const auto analysis = analyze(
      facts_of({with(sample(0, gib(8)), {gpu}), with(sample(5, gib(110)), {gpu})}), nullptr);
  EXPECT_EQ(held_by(analysis, "gpu_memory"), Bytes{-1});
  EXPECT_EQ(held_by(analysis, "other_processes"), Bytes{-1}) << "the run's own GPU memory is in it";
  EXPECT_EQ(held_by(analysis, "unattributed"), gib(102));
  EXPECT_NE(analysis.breakdown.back().detail.find("does not list"), std::string::npos);
}

// cudaMallocManaged of 60 GB is 5 GB in the driver's list (pynvml#63).
TEST(UnifiedBreakdown, managed_memory_that_the_drivers_list_misses_is_in_the_rest) {
  const auto analysis = analyze(facts_of({with(sample(0, gib(8)), {gb10(Bytes{}, Bytes{})}),
                                          with(sample(5, gib(70)), {gb10(gib(5), gib(5))})}),
                                nullptr);
  EXPECT_EQ(held_by(analysis, "gpu_memory"), gib(5));
  EXPECT_EQ(held_by(analysis, "unattributed"), gib(57));
  EXPECT_EQ(sum_of(analysis), gib(70));
}

TEST(UnifiedBreakdown, an_idle_gpu_is_not_said_to_hold_what_the_machine_uses) {
  const auto analysis = analyze(facts_of({with(sample(0, gib(34)), {gb10(Bytes{}, Bytes{})}),
                                          with(sample(5, gib(35)), {gb10(Bytes{}, Bytes{})})}),
                                nullptr);
  EXPECT_LE(held_by(analysis, "gpu_memory"), Bytes{});
  EXPECT_EQ(held_by(analysis, "system_baseline"), gib(32));
  EXPECT_EQ(sum_of(analysis), gib(35));
}

TEST(UnifiedBreakdown, a_cgroup_there_holds_no_gpu_memory) {
  auto row = with(sample(0, gib(100)), {gb10(gib(80), gib(80))});
  row.cgroup_limit = gib(10);
  row.cgroup_working_set = gib(10);
  const auto analysis = analyze(facts_of({row}, killed()), nullptr);
  EXPECT_EQ(analysis.summary.limiting_pool->kind, PoolKind::cgroup);
  EXPECT_EQ(held_by(analysis, "gpu_memory"), Bytes{-1});
  EXPECT_EQ(sum_of(analysis), gib(10));
}

TEST(Tenants, two_are_blamed_together_only_where_one_is_not_enough) {
  auto row = sample(0, gib(126));
  row.tenant_memory = gib(30);
  row.tenants = {{.id = {.pid = 301}, .name = "ollama", .anon = gib(12)},
                 {.id = {.pid = 300}, .name = "ComfyUI", .anon = gib(10)},
                 {.id = {.pid = 302}, .name = "java", .anon = gib(8)}};
  const auto analysis = analyze(facts_of({row}), nullptr);
  ASSERT_EQ(analysis.summary.primary_cause, "other_process");
  EXPECT_EQ(analysis.findings[0].title, "ollama (pid 301) and 1 more held 22.0 GB");
  EXPECT_EQ(analysis.findings[0].evidence.size(), 4U) << "three programs and the pool";
  EXPECT_EQ(analysis.findings[0].evidence[0].text, "ollama (pid 301) held");
  EXPECT_EQ(held_by(analysis, "other_processes"), gib(30));
}

TEST(Tenants, growth_is_blamed_on_others_without_names_where_nobody_was_found) {
  auto first = sample(0, gib(20));
  first.tenant_memory = Bytes{};
  auto peak = sample(5, gib(126));
  peak.tenant_memory = Bytes{};
  const auto analysis = analyze(facts_of({first, peak}), nullptr);
  EXPECT_EQ(held_by(analysis, "other_processes"), gib(106));
  ASSERT_EQ(analysis.summary.primary_cause, "other_process");
  EXPECT_LT(analysis.findings[0].confidence, 0.5);
}

TEST(Tenants, of_a_cgroup_only_its_members_count) {
  auto row = sample(0, gib(60));
  row.cgroup_limit = gib(8);
  row.cgroup_working_set = mib(7900);
  row.tenant_memory = gib(20);
  row.tenant_cgroup_memory = gib(3);
  row.tenants = {{.id = {.pid = 300}, .name = "outside", .anon = gib(17)},
                 {.id = {.pid = 301}, .name = "sidecar", .anon = gib(3), .in_cgroup = true}};
  const auto analysis = analyze(facts_of({row}, killed()), nullptr);
  EXPECT_EQ(held_by(analysis, "other_processes"), gib(3));
  EXPECT_EQ(analysis.findings[0].title, "sidecar (pid 301) held 3.0 GB");
}

TEST(Tenants, names_found_by_an_earlier_scan_stand_with_a_later_peak) {
  auto scanned = sample(0, gib(60));
  scanned.tenant_memory = gib(30);
  scanned.tenants = {{.id = {.pid = 300}, .name = "ComfyUI", .anon = gib(30)}};
  auto peak = sample(5, gib(126));
  peak.tenant_memory = gib(30);
  const auto analysis = analyze(facts_of({scanned, peak}), nullptr);
  EXPECT_EQ(analysis.findings[0].title, "ComfyUI (pid 300) held 30.0 GB");
}

}  // namespace
}  // namespace tidemark
