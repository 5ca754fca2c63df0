#include "sensing/nvidia/visible_devices.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using namespace std::string_view_literals;

GpuReading gpu(std::int32_t index, std::string id, std::string bus, std::string name = "A") {
  GpuReading reading{.index = index, .id = std::move(id), .bus_id = std::move(bus)};
  reading.name = std::move(name);
  return reading;
}

// NVML's order need not be the bus's.
std::vector<GpuReading> three_alike() {
  return {gpu(0, "GPU-aaaa1", "0000:41:00.0"), gpu(1, "GPU-bbbb2", "0000:01:00.0"),
          gpu(2, "GPU-aaaa3", "0000:81:00.0")};
}

std::string marks(std::string_view value, const std::vector<GpuReading>& readings,
                  bool in_bus_order = true) {
  std::vector<char> visible(readings.size(), 1);
  if (!mark_visible({.value = value, .in_bus_order = in_bus_order}, readings, visible))
    return "unknown";
  std::string text;
  for (const char mark : visible) text += mark != 0 ? 'x' : '-';
  return text;
}

TEST(VisibleDevices, positions_count_by_pci_address) {
  EXPECT_EQ(marks("0", three_alike()), "-x-");
  EXPECT_EQ(marks("1,2", three_alike()), "x-x");
}

TEST(VisibleDevices, an_empty_value_names_none) {
  EXPECT_EQ(marks("", three_alike()), "---");
}

TEST(VisibleDevices, an_entry_that_names_no_device_ends_the_list) {
  EXPECT_EQ(marks("0,-1,1", three_alike()), "-x-");
  EXPECT_EQ(marks("0,7,1", three_alike()), "-x-");
  EXPECT_EQ(marks("NoDevFiles", three_alike()), "---");
}

TEST(VisibleDevices, uuids_may_be_cut_short_while_they_are_unique) {
  EXPECT_EQ(marks("GPU-bbbb2", three_alike()), "-x-");
  EXPECT_EQ(marks("GPU-b", three_alike()), "-x-");
  EXPECT_EQ(marks("GPU-aaaa", three_alike()), "---") << "two devices begin so";
  EXPECT_EQ(marks("GPU-aaaa3, 1", three_alike()), "x-x");
}

TEST(VisibleDevices, cudas_own_order_of_unequal_gpus_is_not_guessed) {
  auto readings = three_alike();
  EXPECT_EQ(marks("0", readings, false), "-x-") << "alike: the address decides";
  readings[2].name = "B";
  EXPECT_EQ(marks("0", readings, false), "unknown");
  EXPECT_EQ(marks("0", readings, true), "-x-");
  EXPECT_EQ(marks("GPU-bbbb2", readings, false), "-x-") << "a UUID needs no order";
}

TEST(VisibleDevices, of_a_divided_gpu_a_position_is_its_first_slice) {
  std::vector<GpuReading> readings{gpu(0, "MIG-c6d4f1ef", "0000:1b:00.0"),
                                   gpu(0, "MIG-cba663e8", "0000:1b:00.0"),
                                   gpu(1, "GPU-plain", "0000:41:00.0")};
  readings[0].is_mig = readings[1].is_mig = true;
  EXPECT_EQ(marks("0", readings), "x--");
  EXPECT_EQ(marks("1", readings), "--x");
  EXPECT_EQ(marks("MIG-cba663e8", readings), "-x-");
}

TEST(VisibleDevices, another_vendors_devices_stay_as_they_are) {
  auto readings = three_alike();
  readings[1].vendor = GpuVendor::amd;
  EXPECT_EQ(marks("", readings), "-x-");
}

TEST(GpuEnvironment, only_what_matters_is_kept_and_the_first_counts) {
  const auto environment = parse_gpu_environment(
      "HF_TOKEN=hf_secret\0CUDA_VISIBLE_DEVICES=1\0CUDA_DEVICE_ORDER=PCI_BUS_ID\0"
      "CUDA_VISIBLE_DEVICES=2\0"sv);
  EXPECT_EQ(environment.cuda_visible_devices, "1");
  EXPECT_EQ(environment.cuda_device_order, "PCI_BUS_ID");
  EXPECT_FALSE(environment.hip_visible_devices.has_value());
}

TEST(GpuEnvironment, an_empty_value_is_not_an_absent_one) {
  EXPECT_EQ(parse_gpu_environment("CUDA_VISIBLE_DEVICES=\0A=b\0"sv).cuda_visible_devices, "");
  EXPECT_FALSE(parse_gpu_environment("A=b\0"sv).cuda_visible_devices.has_value());
}

}  // namespace
}  // namespace tidemark
