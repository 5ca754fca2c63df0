// GPUs in a whole sample: a recorded machine with a stand-in driver.
#include <gtest/gtest.h>

#include "os/system_clock.h"
#include "sensing/linux/test_child.h"
#include "sensing/sensing.h"
#include "support/fake_nvml_control.h"
#include "support/host_tree.h"

namespace tidemark {
namespace {

constexpr std::string_view kStat =
    "7 (python3) S 1 1 1 0 -1 4194304 0 0 0 0 10 5 0 0 20 0 1 0 12345 1000 256 "
    "18446744073709551615 1 1 1 0 0 0 0 0 0 0 0 0 17 0 0\n";

HostTree grace_hopper() {
  return HostTree{}
      .file("proc/meminfo", "MemTotal: 601355328 kB\nMemAvailable: 590000000 kB\n")
      .file("proc/7/stat", kStat)
      .file("proc/7/cmdline", "python3")
      .file("sys/devices/system/node/node0/cpulist", "0-71\n")
      .file("sys/devices/system/node/node0/meminfo",
            "Node 0 MemTotal: 501740608 kB\nNode 0 MemFree: 480000000 kB\n")
      .file("sys/devices/system/node/node1/cpulist", "\n")
      .file("sys/devices/system/node/node1/meminfo",
            "Node 1 MemTotal: 99614720 kB\nNode 1 MemFree: 99000000 kB\n");
}

HostSample first_with_gpus(Sensors& sensors) {
  HostSample sample;
  EXPECT_TRUE(becomes_true([&] {
    sample = sensors.sample();
    return !sample.gpus.empty() && sample.gpus[0].run_memory != Bytes{};
  }));
  return sample;
}

TEST(SensorsWithGpus, a_grace_hopper_has_two_pools_and_a_total_that_holds_both) {
  const FakeNvml fake{"gh200"};
  const auto tree = grace_hopper();
  const SystemClock clock;
  auto sensors =
      Sensors::open(tree.host(), {7, 12345}, {.gpu = {.nvml_library = fake.path()}}, clock);
  ASSERT_TRUE(sensors.has_value()) << sensors.error().message;
  const auto sample = first_with_gpus(*sensors);
  EXPECT_EQ(sample.gpus.at(0).domain, MemoryDomain::coherent);
  EXPECT_EQ(sample.gpus.at(0).run_memory, mib(49000));
  ASSERT_TRUE(sample.cpuless.has_value());
  EXPECT_TRUE(sample.cpuless->of_gpus);
  EXPECT_EQ(sample.memory->total, kib(601'355'328));
  EXPECT_EQ(sample.cpuless->host_total(sample.memory->total), kib(501'740'608));
  const auto look = sensors->quick_look();
  ASSERT_TRUE(look.has_value());
  EXPECT_EQ(look->limit, kib(501'740'608)) << "the host's own pool";
  EXPECT_EQ(look->used, kib(10'740'608)) << "without what is in use on the GPU's node";
}

TEST(SensorsWithGpus, a_driver_that_hangs_from_the_start_costs_the_gpus_alone) {
  const FakeNvml fake{"gh200"};
  const auto tree = grace_hopper();
  const SystemClock clock;
  fake.set("hangs", true);
  {
    auto sensors =
        Sensors::open(tree.host(), {7, 12345}, {.gpu = {.nvml_library = fake.path()}}, clock);
    ASSERT_TRUE(sensors.has_value());
    const auto sample = sensors->sample();
    EXPECT_TRUE(sample.gpus.empty());
    EXPECT_EQ(sample.memory->total, kib(601'355'328));
    EXPECT_EQ(sample.processes.size(), 1U);
  }
  fake.set("hangs", false);
}

}  // namespace
}  // namespace tidemark
