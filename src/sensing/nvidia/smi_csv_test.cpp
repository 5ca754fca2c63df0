#include "sensing/nvidia/smi_csv.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(SmiCsv, a_cards_line) {
  const auto gpu = parse_smi_gpu(
      "GPU-5c89852c-d268, 00000000:01:00.0, 0, 14000, 24564, 380, 97, NVIDIA GeForce RTX 4090",
      true);
  ASSERT_TRUE(gpu.has_value());
  EXPECT_EQ(gpu->uuid, "GPU-5c89852c-d268");
  EXPECT_EQ(gpu->bus_id, "00000000:01:00.0");
  EXPECT_EQ(gpu->index, 0);
  EXPECT_EQ(smi_memory(gpu->used_mib), mib(14000));
  EXPECT_EQ(smi_memory(gpu->total_mib), mib(24564));
  EXPECT_EQ(smi_memory(gpu->reserved_mib), mib(380));
  EXPECT_EQ(gpu->utilization_percent.number, 97U);
  EXPECT_EQ(gpu->name, "NVIDIA GeForce RTX 4090");
}

TEST(SmiCsv, a_gb10s_line_has_no_memory_and_is_a_gpu_all_the_same) {
  const auto gpu = parse_smi_gpu(
      "GPU-2dee1e25, 0000000F:01:00.0, 0, [N/A], [N/A], [N/A], 12, NVIDIA GB10", true);
  ASSERT_TRUE(gpu.has_value());
  EXPECT_FALSE(smi_memory(gpu->total_mib).has_value());
  EXPECT_EQ(gpu->total_mib.why, "N/A");
  EXPECT_EQ(gpu->utilization_percent.number, 12U);
}

TEST(SmiCsv, the_words_for_no_value) {
  EXPECT_EQ(parse_smi_value("[Not Supported]").why, "Not Supported");
  EXPECT_EQ(parse_smi_value("[Unknown Error]").why, "Unknown Error");
  EXPECT_EQ(parse_smi_value(" [GPU is lost] ").why, "GPU is lost");
  EXPECT_EQ(parse_smi_value("N/A").why, "N/A");
  EXPECT_EQ(parse_smi_value("").why, "empty");
  EXPECT_FALSE(parse_smi_value("-5").number.has_value());
  EXPECT_FALSE(parse_smi_value("12 GB").number.has_value()) << "a unit that was not asked for";
}

TEST(SmiCsv, units_are_taken_where_they_were_not_left_out) {
  EXPECT_EQ(parse_smi_value("24564 MiB").number, 24564U);
  EXPECT_EQ(parse_smi_value("35 %").number, 35U);
}

TEST(SmiCsv, a_name_may_hold_a_comma) {
  const auto gpu = parse_smi_gpu("GPU-1, 00000000:01:00.0, 1, 5, 10, 50, Tesla, the second", false);
  ASSERT_TRUE(gpu.has_value());
  EXPECT_EQ(gpu->name, "Tesla, the second");
  EXPECT_EQ(gpu->utilization_percent.number, 50U);
}

TEST(SmiCsv, other_lines_are_no_gpus) {
  EXPECT_FALSE(parse_smi_gpu("", true).has_value());
  EXPECT_FALSE(parse_smi_gpu("Unable to determine the device handle for GPU", true).has_value());
  EXPECT_FALSE(parse_smi_gpu("GPU-5c89, 00000000:01:00.0, 0, 14000", true).has_value());
  EXPECT_FALSE(parse_smi_gpu("GPU-5c89, bus, x, 1, 2, 3, 4, name", true).has_value());
}

TEST(SmiCsv, a_processs_line) {
  const auto process = parse_smi_process("GPU-2dee1e25, 114687, 19135");
  ASSERT_TRUE(process.has_value());
  EXPECT_EQ(process->pid, 114687);
  EXPECT_EQ(smi_memory(process->used_mib), mib(19135));
  EXPECT_FALSE(smi_memory(parse_smi_process("GPU-2, 5, [N/A]")->used_mib).has_value());
  EXPECT_FALSE(parse_smi_process("No running processes found").has_value());
  EXPECT_FALSE(parse_smi_process("GPU-2, 0, 5").has_value());
  EXPECT_FALSE(parse_smi_process("GPU-2, 99999999999, 5").has_value());
}

}  // namespace
}  // namespace tidemark
