#include "monitor/event_detector.h"

#include <gtest/gtest.h>

#include "monitor/row_builder.h"

namespace tidemark {
namespace {

ProcessSample process(std::int32_t pid, ProcessRole role) {
  ProcessSample sample;
  sample.id = {pid, 100};
  sample.role = role;
  sample.name = "python3";
  return sample;
}

HostSample with_use(std::int64_t used_gib) {
  HostSample sample;
  sample.memory = HostMemory{.total = gib(100), .available = gib(100 - used_gib)};
  sample.processes = {process(1, ProcessRole::main)};
  return sample;
}

std::vector<std::string> types(const std::vector<EventRecord>& events) {
  std::vector<std::string> names;
  for (const auto& event : events) names.push_back(event.type);
  return names;
}

using Types = std::vector<std::string>;

std::vector<EventRecord> look(EventDetector& detector, const HostSample& sample,
                              const std::string& cgroup = "/a") {
  return detector.detect(sample, build_row(sample, nullptr, {}, SampleCause::tick, true), cgroup);
}

TEST(EventDetector, workers_that_come_and_go_are_events_once) {
  EventDetector detector{{}, {}};
  auto sample = with_use(1);
  EXPECT_EQ(types(look(detector, sample)), Types{});
  sample.processes.push_back(process(7, ProcessRole::worker));
  EXPECT_EQ(types(look(detector, sample)), Types{"worker_start"});
  EXPECT_EQ(types(look(detector, sample)), Types{});
  sample.processes.pop_back();
  EXPECT_EQ(types(look(detector, sample)), Types{"worker_exit"});
}

TEST(EventDetector, a_reused_pid_is_another_worker) {
  EventDetector detector{{}, {}};
  auto sample = with_use(1);
  sample.processes.push_back(process(7, ProcessRole::worker));
  look(detector, sample);
  sample.processes.back().id.start_ticks = 999;
  EXPECT_EQ(types(look(detector, sample)), (Types{"worker_start", "worker_exit"}));
}

TEST(EventDetector, a_threshold_is_told_once_until_memory_fell_clearly_below_it) {
  EventDetector detector{{}, {}};
  EXPECT_EQ(types(look(detector, with_use(84))), Types{});
  EXPECT_EQ(types(look(detector, with_use(86))), Types{"memory_warning"});
  EXPECT_EQ(types(look(detector, with_use(84))), Types{});
  EXPECT_EQ(types(look(detector, with_use(86))), Types{});
  EXPECT_EQ(types(look(detector, with_use(96))), Types{"memory_critical"});
  EXPECT_EQ(types(look(detector, with_use(50))), Types{});
  EXPECT_EQ(types(look(detector, with_use(86))), Types{"memory_warning"});
}

TEST(EventDetector, a_growing_cgroup_oom_counter_is_an_event) {
  EventDetector detector{{}, {}};
  auto sample = with_use(1);
  sample.cgroup = CgroupSample{.limit = gib(2), .oom_kill_total = 3};
  EXPECT_EQ(types(look(detector, sample)), Types{}) << "kills before this run are not this run's";
  sample.cgroup->oom_kill_total = 4;
  EXPECT_EQ(types(look(detector, sample)), Types{"oom_kill"});
}

TEST(EventDetector, kills_that_a_cgroup_had_before_the_trainer_came_are_not_this_runs) {
  EventDetector detector{{}, {}};
  auto sample = with_use(1);
  sample.cgroup = CgroupSample{.limit = gib(2), .oom_kill_total = 0};
  look(detector, sample, "/launcher");
  sample.cgroup->oom_kill_total = 1;
  EXPECT_EQ(types(look(detector, sample, "/training")), Types{});
  sample.cgroup->oom_kill_total = 2;
  EXPECT_EQ(types(look(detector, sample, "/training")), Types{"oom_kill"});
}

TEST(EventDetector, a_stepped_wall_clock_is_an_event_and_drift_is_not) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  EventDetector detector{{}, ClockAnchor{BootTime{0}, WallTime{1000 * kSecond}}};
  EXPECT_FALSE(
      detector.detect_clock_step(BootTime{10 * kSecond}, WallTime{1010 * kSecond + 400'000'000}));
  EXPECT_TRUE(detector.detect_clock_step(BootTime{20 * kSecond}, WallTime{4620 * kSecond}));
  EXPECT_FALSE(detector.detect_clock_step(BootTime{30 * kSecond}, WallTime{4630 * kSecond}));
}

TEST(EventDetector, each_pool_crosses_for_itself) {
  EventDetector detector{{}, {}};
  const auto card = [](std::int64_t used_gib) {
    return GpuSample{.device_index = 1,
                     .memory_used = gib(used_gib),
                     .memory_total = gib(24),
                     .domain = MemoryDomain::device};
  };
  auto sample = with_use(10);
  sample.gpus = {card(23)};
  const auto first = look(detector, sample);
  ASSERT_EQ(types(first), Types{"memory_critical"});
  EXPECT_TRUE(first[0].details.contains(R"("pool":"gpu")")) << first[0].details;
  EXPECT_TRUE(first[0].details.contains(R"("index":1)")) << first[0].details;
  sample = with_use(96);
  sample.gpus = {card(23)};
  const auto second = look(detector, sample);
  ASSERT_EQ(types(second), Types{"memory_critical"}) << "a full card hides no machine that fills";
  EXPECT_TRUE(second[0].details.contains(R"("pool":"host")")) << second[0].details;
}

TEST(EventDetector, a_device_that_the_run_does_not_use_is_none_of_its_pools) {
  EventDetector detector{{}, {}};
  auto sample = with_use(10);
  sample.gpus = {GpuSample{.memory_used = gib(23),
                           .memory_total = gib(24),
                           .domain = MemoryDomain::device,
                           .of_run = false}};
  EXPECT_EQ(types(look(detector, sample)), Types{});
}

TEST(EventDetector, memory_that_the_gpu_shares_is_told_once_whoever_it_belongs_to) {
  EventDetector detector{{}, {}};
  EXPECT_EQ(types(look(detector, with_use(86))), Types{"memory_warning"});
  auto sample = with_use(86);
  sample.gpus = {GpuSample{.domain = MemoryDomain::unified}};
  EXPECT_EQ(types(look(detector, sample)), Types{}) << "the driver answered later";
}

TEST(EventDetector, an_apus_carve_out_is_part_of_its_machine) {
  EventDetector detector{{}, {}};
  auto sample = with_use(80);
  sample.gpus = {GpuSample{
      .carve_out_total = gib(100), .carve_out_used = gib(98), .domain = MemoryDomain::unified}};
  EXPECT_EQ(types(look(detector, sample)), Types{"memory_warning"});
}

TEST(EventDetector, a_grace_hoppers_hbm_is_not_the_hosts) {
  EventDetector detector{{}, {}};
  auto sample = with_use(88);  // of 100 GiB, of which 50 are HBM and 48 of these in use
  sample.cpuless = CpulessMemory{.total = gib(50), .free = gib(2), .of_gpus = true};
  sample.gpus = {
      GpuSample{.memory_used = gib(20), .memory_total = gib(50), .domain = MemoryDomain::coherent}};
  EXPECT_EQ(types(look(detector, sample)), Types{}) << "40 of 50 GiB of RAM";
}

}  // namespace
}  // namespace tidemark
