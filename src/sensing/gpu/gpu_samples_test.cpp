#include "sensing/gpu/gpu_samples.h"

#include <gtest/gtest.h>

#include <array>

namespace tidemark {
namespace {

GpuReading with_processes(std::vector<GpuProcessReading> processes) {
  GpuReading reading{.index = 2, .id = "GPU-1"};
  reading.processes = std::move(processes);
  return reading;
}

TEST(GpuSamples, the_runs_processes_first_and_the_largest_others) {
  const auto sample = build_gpu_sample(with_processes({{1, gib(1)},
                                                       {2, gib(9)},
                                                       {3, gib(3)},
                                                       {4, gib(4)},
                                                       {5, gib(5)},
                                                       {6, gib(6)},
                                                       {7, gib(2)},
                                                       {8, std::nullopt}}),
                                       std::array{7, 8}, true);
  EXPECT_EQ(sample.memory_held, gib(30));
  EXPECT_EQ(sample.run_memory, gib(2));
  ASSERT_EQ(sample.processes.size(), 6U);
  EXPECT_EQ(sample.processes[0].pid, 7);
  EXPECT_TRUE(sample.processes[0].of_run);
  EXPECT_EQ(sample.processes[1].pid, 8);
  EXPECT_FALSE(sample.processes[1].memory.has_value());
  EXPECT_EQ(sample.processes[2].pid, 2);
  EXPECT_EQ(sample.processes[5].pid, 4) << "1 and 3 hold less";
}

TEST(GpuSamples, of_many_processes_a_bounded_number_is_kept_and_all_are_summed) {
  std::vector<GpuProcessReading> many;
  std::vector<std::int32_t> pids;
  for (std::int32_t pid = 1; pid <= 40; ++pid) {
    many.push_back({pid, mib(pid)});
    if (pid <= 20) pids.push_back(pid);
  }
  const auto sample = build_gpu_sample(with_processes(many), pids, true);
  EXPECT_EQ(sample.processes.size(), 16U);
  EXPECT_EQ(sample.memory_held, mib(820));
  EXPECT_EQ(sample.run_memory, mib(210));
}

TEST(GpuSamples, no_list_is_not_an_empty_list) {
  const auto none = build_gpu_sample(GpuReading{.index = 1}, std::array{7}, true);
  EXPECT_FALSE(none.run_memory.has_value());
  const auto empty = build_gpu_sample(with_processes({}), std::array{7}, true);
  EXPECT_EQ(empty.run_memory, Bytes{});
  EXPECT_EQ(empty.memory_held, Bytes{});
}

TEST(GpuSamples, a_list_of_the_runs_processes_alone_does_not_tell_what_all_hold) {
  auto reading = with_processes({{7, gib(2)}});
  reading.lists_all = false;
  EXPECT_FALSE(build_gpu_sample(reading, std::array{7}, true).memory_held.has_value());
  reading.held = gib(5);
  EXPECT_EQ(build_gpu_sample(reading, std::array{7}, true).memory_held, gib(5));
}

}  // namespace
}  // namespace tidemark
