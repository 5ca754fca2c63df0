#include "sensing/nvidia/nvml_library.h"

#include <gtest/gtest.h>

#include "support/fake_nvml_control.h"

namespace tidemark {
namespace {

std::vector<GpuProcessReading> processes_of(const NvmlLibrary& nvml) {
  std::vector<GpuProcessReading> processes;
  EXPECT_TRUE(nvml.read_processes(nvml.device(0).value(), processes).has_value());
  return processes;
}

TEST(NvmlLibrary, a_machine_without_it_says_so) {
  const auto nvml = NvmlLibrary::load("libno-such-driver.so.1");
  ASSERT_FALSE(nvml.has_value());
  EXPECT_EQ(nvml.error().code, Errc::not_found);
}

TEST(NvmlLibrary, another_library_is_not_taken_for_it) {
  const auto nvml = NvmlLibrary::load(TIDEMARK_FAKE_CUDA);
  ASSERT_FALSE(nvml.has_value());
  EXPECT_EQ(nvml.error().code, Errc::unsupported);
}

TEST(NvmlLibrary, a_library_without_its_driver_may_work_later) {
  const FakeNvml fake{"no_driver"};
  const auto nvml = NvmlLibrary::load(fake.path());
  ASSERT_FALSE(nvml.has_value());
  EXPECT_EQ(nvml.error().code, Errc::busy);
  EXPECT_EQ(nvml.error().message, "nvmlInit_v2: Driver Not Loaded (9)");
}

TEST(NvmlLibrary, what_the_driver_reserves_is_beside_what_is_used) {
  const FakeNvml fake{"rtx4090"};
  const auto nvml = NvmlLibrary::load(fake.path());
  ASSERT_TRUE(nvml.has_value()) << nvml.error().message;
  const auto memory = nvml->memory(nvml->device(0).value());
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->total, mib(24564));
  EXPECT_EQ(memory->used, mib(14000));
  EXPECT_EQ(memory->reserved, mib(380));
}

TEST(NvmlLibrary, an_old_library_has_the_reserved_inside_the_used_and_lists_processes_still) {
  const FakeNvml fake{"rtx4090", TIDEMARK_FAKE_NVML_OLD};
  const auto nvml = NvmlLibrary::load(fake.path());
  ASSERT_TRUE(nvml.has_value()) << nvml.error().message;
  auto* const gpu = nvml->device(0).value();
  const auto memory = nvml->memory(gpu);
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->used, mib(14380));
  EXPECT_FALSE(memory->reserved.has_value());
  EXPECT_EQ(nvml->addressing_mode(gpu).error().code, Errc::unsupported);
  EXPECT_EQ(nvml->numa_node(gpu).error().code, Errc::unsupported);
  EXPECT_TRUE(nvml->mig_devices(gpu).empty());
  EXPECT_EQ(processes_of(*nvml).size(), 3U);
}

TEST(NvmlLibrary, a_process_with_both_kinds_of_context_is_counted_once) {
  const FakeNvml fake{"rtx4090"};
  const auto nvml = NvmlLibrary::load(fake.path());
  const auto processes = processes_of(nvml.value());
  ASSERT_EQ(processes.size(), 3U);
  EXPECT_EQ(processes[0].pid, 7);
  EXPECT_EQ(processes[0].memory, mib(13000));
  EXPECT_EQ(processes[1].pid, 900);
  EXPECT_EQ(processes[1].memory, mib(600));
  EXPECT_EQ(processes[2].pid, 901);
}

TEST(NvmlLibrary, the_wider_entries_of_the_first_535_drivers_are_noticed) {
  const FakeNvml fake{"driver_535"};
  const auto nvml = NvmlLibrary::load(fake.path());
  const auto processes = processes_of(nvml.value());
  ASSERT_EQ(processes.size(), 3U);
  EXPECT_EQ(processes[1].pid, 900);
  EXPECT_EQ(processes[1].memory, mib(600));
  EXPECT_EQ(processes[2].memory, mib(300));
}

TEST(NvmlLibrary, places_are_written_as_sysfs_writes_them) {
  EXPECT_EQ(short_bus_id("0000000F:01:00.0"), "000f:01:00.0");
  EXPECT_EQ(short_bus_id("0000:41:00.0"), "0000:41:00.0");
  EXPECT_EQ(short_bus_id("[N/A]"), "");
}

}  // namespace
}  // namespace tidemark
