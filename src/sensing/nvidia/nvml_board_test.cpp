#include "sensing/nvidia/nvml_board.h"

#include <gtest/gtest.h>

#include "support/fake_nvml_control.h"
#include "support/host_tree.h"

namespace tidemark {
namespace {

constexpr std::string_view kMeminfo =
    "MemTotal:       127600748 kB\nMemFree: 9000000 kB\nMemAvailable:   118566368 kB\n";

constexpr BootTime at_second(std::int64_t second) {
  return BootTime{second * 1'000'000'000};
}

class Board {
 public:
  explicit Board(const FakeNvml& fake, const std::string& cuda = "")
      : board_(NvmlBoard::open(tree_.host(), {.nvml_library = fake.path(), .cuda_library = cuda},
                               at_second(100))
                   .value()) {
    read(100);
  }
  void read(std::int64_t second) { still_there_ = board_.read(at_second(second)).has_value(); }
  bool still_there() const { return still_there_; }
  const GpuReading& operator[](std::size_t i) const { return board_.readings().at(i); }
  std::size_t size() const { return board_.readings().size(); }
  const NvmlBoard& board() const { return board_; }

 private:
  HostTree tree_ = HostTree{}.file("proc/meminfo", kMeminfo);
  NvmlBoard board_;
  bool still_there_ = false;
};

std::string why(const GpuReading& reading, std::string_view what) {
  const auto known = std::ranges::find(reading.absences, what, &GpuAbsence::what);
  return known == reading.absences.end() ? "" : known->why;
}

TEST(NvmlBoard, a_card) {
  const FakeNvml fake{"rtx4090"};
  const Board board{fake};
  ASSERT_EQ(board.size(), 1U);
  EXPECT_EQ(board[0].name, "NVIDIA GeForce RTX 4090");
  EXPECT_EQ(board[0].id, "GPU-11111111-0000-0000-0000-000000000001");
  EXPECT_EQ(board[0].bus_id, "0000:01:00.0");
  EXPECT_EQ(board[0].domain, MemoryDomain::device);
  EXPECT_EQ(board[0].used, mib(14000));
  EXPECT_EQ(board[0].total, mib(24564));
  EXPECT_EQ(board[0].reserved, mib(380));
  EXPECT_DOUBLE_EQ(board[0].utilization_ratio.value_or(0), 0.97);
  EXPECT_TRUE(board[0].absences.empty());
}

void expect_unified_without_totals(const Board& board) {
  EXPECT_EQ(board[0].domain, MemoryDomain::unified) << board[0].domain_evidence;
  EXPECT_FALSE(board[0].used.has_value());
  EXPECT_FALSE(board[0].total.has_value());
  EXPECT_EQ(why(board[0], "memory"), "unified memory: what the GPU holds is the machine's");
  ASSERT_TRUE(board[0].processes.has_value());
  EXPECT_EQ(board[0].processes->at(0).memory, mib(63931));
  EXPECT_DOUBLE_EQ(board[0].utilization_ratio.value_or(0), 0.12);
}

TEST(NvmlBoard, a_gb10_that_refuses_its_memory) {
  const FakeNvml fake{"gb10"};
  const Board board{fake};
  expect_unified_without_totals(board);
  EXPECT_EQ(board[0].bus_id, "000f:01:00.0");
}

TEST(NvmlBoard, a_gb10_that_reports_zero) {
  const FakeNvml fake{"gb10_zero"};
  expect_unified_without_totals(Board{fake});
}

TEST(NvmlBoard, a_gb10_that_reports_the_machines_total) {
  const FakeNvml fake{"gb10_machine_total"};
  expect_unified_without_totals(Board{fake});
}

TEST(NvmlBoard, an_n1x_that_reports_8128_mib) {
  const FakeNvml fake{"n1x"};
  expect_unified_without_totals(Board{fake});
}

TEST(NvmlBoard, where_nvml_leaves_it_open_cuda_is_asked) {
  const FakeNvml fake{"n1x_old_driver"};
  EXPECT_EQ(Board(fake)[0].domain, MemoryDomain::unknown);
  EXPECT_EQ(Board(fake)[0].total, mib(8128)) << "what is not disproved is shown";
  const Board asked{fake, TIDEMARK_FAKE_CUDA};
  EXPECT_EQ(asked[0].domain, MemoryDomain::unified);
  EXPECT_EQ(asked[0].domain_evidence, "CUDA calls the device integrated");
}

TEST(NvmlBoard, a_grace_hopper_has_two_pools) {
  const FakeNvml fake{"gh200"};
  const Board board{fake};
  EXPECT_EQ(board[0].domain, MemoryDomain::coherent);
  EXPECT_EQ(board[0].total, mib(97871));
  EXPECT_EQ(board.board().numa_nodes(), std::vector<std::int32_t>{1});
  const FakeNvml without_node{"gh200_cdmm"};
  EXPECT_EQ(Board(without_node)[0].domain, MemoryDomain::coherent);
}

TEST(NvmlBoard, mig_slices_stand_in_for_their_gpu) {
  const FakeNvml fake{"h100_mig"};
  const Board board{fake};
  ASSERT_EQ(board.size(), 2U);
  EXPECT_EQ(board[0].id, "MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f");
  EXPECT_EQ(board[0].index, 0);
  EXPECT_EQ(board[1].index, 0);
  EXPECT_TRUE(board[1].is_mig);
  EXPECT_EQ(board[1].total, mib(40448));
  EXPECT_EQ(board[1].domain, MemoryDomain::device);
  EXPECT_FALSE(board[1].utilization_ratio.has_value());
  EXPECT_EQ(why(board[1], "utilization"), "nvmlDeviceGetUtilizationRates: Not Supported (3)");
  EXPECT_EQ(board[1].processes->at(0).pid, 7);
}

TEST(NvmlBoard, one_call_that_is_not_supported_disables_no_other_and_is_asked_again_rarely) {
  const FakeNvml fake{"gb10"};
  Board board{fake};
  const int refused = fake.refused();
  for (int second = 105; second < 700; second += 5) board.read(second);
  EXPECT_EQ(fake.refused(), refused);
  EXPECT_DOUBLE_EQ(board[0].utilization_ratio.value_or(0), 0.12);
  board.read(701);
  EXPECT_EQ(fake.refused(), refused + 2) << "memory, in its two versions";
}

TEST(NvmlBoard, a_failing_gpu_leaves_the_other_alone) {
  const FakeNvml fake{"second_fails"};
  const Board board{fake};
  ASSERT_EQ(board.size(), 2U);
  EXPECT_EQ(board[0].used, mib(14000));
  EXPECT_FALSE(board[1].used.has_value());
  EXPECT_FALSE(board[1].processes.has_value());
  EXPECT_EQ(board[1].domain, MemoryDomain::unknown);
  EXPECT_EQ(why(board[1], "memory"), "nvmlDeviceGetMemoryInfo: Unknown Error (999)");
}

TEST(NvmlBoard, a_gpu_that_the_driver_refuses_is_shown_with_the_reason) {
  const FakeNvml fake{"second_refused"};
  const Board board{fake};
  ASSERT_EQ(board.size(), 2U);
  EXPECT_EQ(board[1].index, 1);
  EXPECT_EQ(why(board[1], "device"), "nvmlDeviceGetHandleByIndex_v2: GPU is lost (15)");
}

TEST(NvmlBoard, a_driver_that_fails_half_way_gives_nothing_until_it_works_again) {
  const FakeNvml fake{"rtx4090"};
  Board board{fake};
  fake.set("fails", true);
  board.read(105);
  EXPECT_FALSE(board[0].used.has_value()) << "an old figure is no measurement";
  EXPECT_FALSE(board[0].utilization_ratio.has_value());
  EXPECT_FALSE(board[0].processes.has_value());
  EXPECT_EQ(board[0].domain, MemoryDomain::device) << "what was seen of its kind stays true";
  const int calls = fake.calls();
  board.read(106);
  EXPECT_EQ(fake.calls(), calls) << "two seconds' pause";
  fake.set("fails", false);
  board.read(110);
  EXPECT_EQ(board[0].used, mib(14000));
  EXPECT_TRUE(board[0].absences.empty());
}

TEST(NvmlBoard, a_lost_gpu_is_looked_for_again) {
  const FakeNvml fake{"two_gpus"};
  Board board{fake};
  fake.set("lost", true);
  board.read(105);
  EXPECT_FALSE(board[0].used.has_value());
  EXPECT_EQ(board[1].used, mib(14000));
  board.read(135);
  EXPECT_EQ(why(board[0], "device"), "nvmlDeviceGetHandleByIndex_v2: GPU is lost (15)");
  EXPECT_EQ(board[1].used, mib(14000));
  fake.set("lost", false);
  board.read(165);
  EXPECT_EQ(board[0].used, mib(14000));
}

TEST(NvmlBoard, an_unloaded_driver_ends_the_board) {
  const FakeNvml fake{"second_refused"};
  Board board{fake};
  fake.set("fails", true);
  board.read(131);
  EXPECT_FALSE(board.still_there());
}

}  // namespace
}  // namespace tidemark
