#include "monitor/event_detector.h"

#include <gtest/gtest.h>

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

TEST(FullestPool, memory_that_the_gpu_shares_goes_by_that_name) {
  auto sample = with_use(90);
  EXPECT_STREQ(fullest_pool(sample)->name, "host");
  sample.gpus = {GpuSample{.domain = MemoryDomain::unified}};
  EXPECT_STREQ(fullest_pool(sample)->name, "unified");
}

TEST(FullestPool, a_grace_hoppers_hbm_is_not_the_hosts) {
  auto sample = with_use(60);
  sample.cpuless = CpulessMemory{.total = gib(50), .free = gib(10), .of_gpus = true};
  EXPECT_EQ(fullest_pool(sample)->limit, gib(50));
  EXPECT_EQ(fullest_pool(sample)->used, gib(20));
}

TEST(EventDetector, workers_that_come_and_go_are_events_once) {
  EventDetector detector{{}, {}};
  auto sample = with_use(1);
  EXPECT_EQ(types(detector.detect(sample)), Types{});
  sample.processes.push_back(process(7, ProcessRole::worker));
  EXPECT_EQ(types(detector.detect(sample)), Types{"worker_start"});
  EXPECT_EQ(types(detector.detect(sample)), Types{});
  sample.processes.pop_back();
  EXPECT_EQ(types(detector.detect(sample)), Types{"worker_exit"});
}

TEST(EventDetector, a_reused_pid_is_another_worker) {
  EventDetector detector{{}, {}};
  auto sample = with_use(1);
  sample.processes.push_back(process(7, ProcessRole::worker));
  detector.detect(sample);
  sample.processes.back().id.start_ticks = 999;
  EXPECT_EQ(types(detector.detect(sample)), (Types{"worker_start", "worker_exit"}));
}

TEST(EventDetector, a_threshold_is_told_once_until_memory_fell_clearly_below_it) {
  EventDetector detector{{}, {}};
  EXPECT_EQ(types(detector.detect(with_use(84))), Types{});
  EXPECT_EQ(types(detector.detect(with_use(86))), Types{"memory_warning"});
  EXPECT_EQ(types(detector.detect(with_use(84))), Types{});
  EXPECT_EQ(types(detector.detect(with_use(86))), Types{});
  EXPECT_EQ(types(detector.detect(with_use(96))), Types{"memory_critical"});
  EXPECT_EQ(types(detector.detect(with_use(50))), Types{});
  EXPECT_EQ(types(detector.detect(with_use(86))), Types{"memory_warning"});
}

TEST(EventDetector, a_growing_cgroup_oom_counter_is_an_event) {
  EventDetector detector{{}, {}};
  auto sample = with_use(1);
  sample.cgroup = CgroupSample{.limit = gib(2), .oom_kill_total = 3};
  EXPECT_EQ(types(detector.detect(sample)), Types{}) << "kills before this run are not this run's";
  sample.cgroup->oom_kill_total = 4;
  EXPECT_EQ(types(detector.detect(sample)), Types{"oom_kill"});
}

TEST(EventDetector, a_stepped_wall_clock_is_an_event_and_drift_is_not) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  EventDetector detector{{}, ClockAnchor{BootTime{0}, WallTime{1000 * kSecond}}};
  EXPECT_FALSE(
      detector.detect_clock_step(BootTime{10 * kSecond}, WallTime{1010 * kSecond + 400'000'000}));
  EXPECT_TRUE(detector.detect_clock_step(BootTime{20 * kSecond}, WallTime{4620 * kSecond}));
  EXPECT_FALSE(detector.detect_clock_step(BootTime{30 * kSecond}, WallTime{4630 * kSecond}));
}

TEST(EventDetector, the_fullest_pool_is_the_one_nearest_its_limit) {
  auto sample = with_use(10);
  sample.cgroup = CgroupSample{.working_set = gib(3), .limit = gib(4)};
  sample.shm = ShmSample{.total = gib(1), .used = mib(10)};
  const auto pool = fullest_pool(sample);
  ASSERT_TRUE(pool);
  EXPECT_STREQ(pool->name, "cgroup");
}

}  // namespace
}  // namespace tidemark
