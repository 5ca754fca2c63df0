#include "sensing/gpu/run_gpus.h"

#include <gtest/gtest.h>

#include <array>

namespace tidemark {
namespace {

GpuReading gpu(std::int32_t index, std::vector<std::int32_t> pids = {}) {
  GpuReading reading{.index = index,
                     .id = "GPU-" + std::to_string(index),
                     .bus_id = "0000:0" + std::to_string(index) + ":00.0"};
  reading.processes.emplace();
  for (const auto pid : pids) reading.processes->push_back({.pid = pid, .memory = gib(1)});
  return reading;
}

std::string marks(RunGpus& run, const std::vector<GpuReading>& readings,
                  const std::optional<GpuEnvironment>& environment) {
  std::string text;
  for (const char mark : run.choose(readings, environment, std::array{7})) text += mark ? 'x' : '-';
  return text;
}

GpuEnvironment visible(std::string value) {
  return {.cuda_visible_devices = std::move(value), .cuda_device_order = "PCI_BUS_ID"};
}

TEST(RunGpus, what_the_environment_names_is_the_runs_used_or_not) {
  RunGpus run;
  EXPECT_EQ(marks(run, {gpu(0), gpu(1, {7}), gpu(2)}, visible("1,2")), "-xx");
  EXPECT_EQ(marks(run, {gpu(0), gpu(1), gpu(2)}, visible("1,2")), "-xx");
}

TEST(RunGpus, an_empty_value_leaves_none) {
  RunGpus run;
  EXPECT_EQ(marks(run, {gpu(0), gpu(1)}, visible("")), "--");
}

TEST(RunGpus, without_names_it_is_where_the_run_was_seen_and_stays_so) {
  RunGpus run;
  EXPECT_EQ(marks(run, {gpu(0, {99}), gpu(1)}, GpuEnvironment{}), "xx") << "not seen yet: all";
  EXPECT_EQ(marks(run, {gpu(0, {99}), gpu(1, {7})}, GpuEnvironment{}), "-x");
  EXPECT_EQ(marks(run, {gpu(0, {99}), gpu(1)}, GpuEnvironment{}), "-x") << "it let go of it";
}

TEST(RunGpus, an_environment_that_cannot_be_read_is_one_without_names) {
  RunGpus run;
  EXPECT_EQ(marks(run, {gpu(0), gpu(1, {7})}, std::nullopt), "-x");
}

TEST(RunGpus, a_run_that_is_seen_elsewhere_was_given_other_numbers) {
  RunGpus run;  // in a container with only the third GPU, which is number 0 there
  EXPECT_EQ(marks(run, {gpu(0), gpu(1), gpu(2, {7})}, visible("0")), "--x");
}

TEST(RunGpus, amds_devices_go_by_hips_variable) {
  RunGpus run;
  std::vector<GpuReading> readings{gpu(0), gpu(1)};
  for (auto& reading : readings) reading.vendor = GpuVendor::amd;
  EXPECT_EQ(marks(run, readings, GpuEnvironment{.hip_visible_devices = "1"}), "-x");
  EXPECT_EQ(marks(run, readings, visible("0")), "x-") << "and by CUDA's where it is not set";
}

}  // namespace
}  // namespace tidemark
