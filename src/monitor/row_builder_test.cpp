#include "monitor/row_builder.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

HostSample host(std::uint64_t busy, std::uint64_t all) {
  HostSample sample;
  sample.memory = HostMemory{.total = gib(24), .available = gib(18)};
  sample.counters.cpu_busy_ticks_total = busy;
  sample.counters.cpu_ticks_total = all;
  return sample;
}

ProcessSample process(ProcessRole role, Bytes rss, Bytes pss, Bytes uss) {
  ProcessSample sample;
  sample.role = role;
  sample.rss = rss;
  sample.pss = pss;
  sample.uss = uss;
  sample.pss_basis = PssBasis::measured;
  return sample;
}

TEST(RowBuilder, used_is_total_minus_available) {
  const auto row = build_row(host(0, 0), nullptr, {}, SampleCause::tick, false);
  EXPECT_EQ(row.used, gib(6));
}

TEST(RowBuilder, pressure_totals_are_the_machines_and_the_cgroups_own) {
  auto sample = host(0, 0);
  sample.pressure = Pressure{.some_avg10_ratio = 0.1, .some_us_total = 5000, .full_us_total = 700};
  sample.cgroup = CgroupSample{};
  const auto without = build_row(sample, nullptr, {}, SampleCause::tick, false);
  EXPECT_EQ(without.host_pressure_some_us_total, 5000U);
  EXPECT_EQ(without.host_pressure_full_us_total, 700U);
  EXPECT_FALSE(without.cgroup_pressure_some_us_total) << "this kernel has none for cgroups";
  sample.cgroup->pressure = Pressure{.some_us_total = 40, .full_us_total = 4};
  const auto row = build_row(sample, nullptr, {}, SampleCause::tick, false);
  EXPECT_EQ(row.cgroup_pressure_some_us_total, 40U);
  EXPECT_EQ(row.cgroup_pressure_full_us_total, 4U);
}

TEST(RowBuilder, the_trainers_pages_and_faults_stand_with_every_row) {
  HostSample sample;
  auto main = process(ProcessRole::main, gib(4), gib(3), gib(2));
  main.rss_anon = gib(2);
  main.rss_shmem = gib(1);
  main.major_faults_total = 12;
  sample.processes = {main};
  const auto row = build_row(sample, nullptr, {}, SampleCause::tick, false);
  EXPECT_EQ(row.main_anon, gib(2));
  EXPECT_EQ(row.main_shmem, gib(1));
  EXPECT_EQ(row.main_major_faults_total, 12U);
}

TEST(RowBuilder, cpu_is_the_share_since_the_sample_before) {
  const auto before = host(100, 1000);
  const auto row = build_row(host(150, 1200), &before, {}, SampleCause::tick, false);
  ASSERT_TRUE(row.cpu_utilization_ratio);
  EXPECT_DOUBLE_EQ(*row.cpu_utilization_ratio, 0.25);
  EXPECT_FALSE(
      build_row(host(150, 1200), nullptr, {}, SampleCause::tick, false).cpu_utilization_ratio);
}

TEST(RowBuilder, workers_are_added_by_pss_never_by_rss) {
  auto sample = host(0, 0);
  sample.processes = {process(ProcessRole::main, gib(2), mib(500), mib(100)),
                      process(ProcessRole::worker, gib(2), mib(450), mib(30)),
                      process(ProcessRole::worker, gib(2), mib(450), mib(30))};
  const auto row = build_row(sample, nullptr, {}, SampleCause::tick, false);
  EXPECT_EQ(row.main_process, mib(500));
  EXPECT_EQ(row.worker, mib(900));
  EXPECT_EQ(row.worker_uss, mib(60));
  EXPECT_EQ(row.worker_count, 2);
  EXPECT_EQ(row.process_basis, PssBasis::measured);
}

TEST(RowBuilder, a_worker_whose_pss_is_not_read_yet_makes_their_sum_unknown_not_their_rss) {
  auto sample = host(0, 0);
  sample.processes = {process(ProcessRole::main, gib(2), gib(1), mib(100)),
                      process(ProcessRole::worker, gib(2), gib(1), mib(30))};
  sample.processes.back().pss.reset();
  sample.processes.back().pss_basis = PssBasis::pending;
  const auto row = build_row(sample, nullptr, {}, SampleCause::tick, false);
  EXPECT_FALSE(row.worker);
  EXPECT_EQ(row.worker_count, 1);
  EXPECT_EQ(row.worker_rss, gib(2));
}

TEST(RowBuilder, after_the_end_the_processes_are_unknown_not_zero) {
  const auto row = build_row(host(0, 0), nullptr, {}, SampleCause::event, true);
  EXPECT_FALSE(row.main_process);
  EXPECT_FALSE(row.worker_count);
}

TEST(RowBuilder, no_gpu_is_absent_and_several_are_summed) {
  auto sample = host(0, 0);
  EXPECT_FALSE(build_row(sample, nullptr, {}, SampleCause::tick, false).gpu_memory_used);
  sample.gpus = {
      {.device_index = 0, .memory_used = gib(3), .memory_total = gib(24), .utilization_ratio = 1.0},
      {.device_index = 1,
       .memory_used = gib(5),
       .memory_total = gib(24),
       .utilization_ratio = 0.5}};
  const auto row = build_row(sample, nullptr, {}, SampleCause::tick, false);
  EXPECT_EQ(row.gpu_memory_used, gib(8));
  EXPECT_DOUBLE_EQ(row.gpu_utilization_ratio.value_or(0), 0.75);
}

TEST(RowBuilder, gpus_that_the_run_does_not_use_are_not_in_its_row) {
  auto sample = host(0, 0);
  sample.gpus = {
      {.device_index = 0, .memory_used = gib(3), .utilization_ratio = 0.5},
      {.device_index = 1, .memory_used = gib(70), .utilization_ratio = 1.0, .of_run = false}};
  const auto row = build_row(sample, nullptr, {}, SampleCause::tick, false);
  EXPECT_EQ(row.gpu_memory_used, gib(3));
  EXPECT_DOUBLE_EQ(row.gpu_utilization_ratio.value_or(0), 0.5);
  ASSERT_EQ(row.gpus.size(), 1U);
  EXPECT_EQ(row.gpus[0].device_index, 0);
}

TEST(RowBuilder, on_unified_memory_what_programs_hold_on_the_gpu_is_what_it_uses) {
  auto sample = host(0, 0);
  sample.gpus = {
      {.memory_held = mib(83109), .run_memory = mib(63931), .domain = MemoryDomain::unified}};
  const auto row = build_row(sample, nullptr, {}, SampleCause::tick, false);
  EXPECT_EQ(row.gpu_memory_used, mib(83109));
  EXPECT_EQ(row.gpu_run_memory, mib(63931));
  EXPECT_FALSE(row.gpus.at(0).memory_used.has_value()) << "it has no framebuffer of its own";
}

TEST(RowBuilder, a_card_whose_memory_cannot_be_read_is_absent_though_its_processes_are_known) {
  auto sample = host(0, 0);
  sample.gpus = {{.memory_held = gib(5), .domain = MemoryDomain::device}};
  EXPECT_FALSE(build_row(sample, nullptr, {}, SampleCause::tick, false).gpu_memory_used);
}

}  // namespace
}  // namespace tidemark
