// A stand-in for nvidia-smi is a script that writes what it is asked for and sleeps.
#include "sensing/nvidia/smi_board.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "sensing/linux/test_child.h"
#include "support/host_tree.h"

namespace tidemark {
namespace {

constexpr BootTime at_second(std::int64_t second) {
  return BootTime{second * 1'000'000'000};
}

class Smi {
 public:
  explicit Smi(const std::string& body) {
    tree_.file("proc/meminfo", "MemTotal: 127600748 kB\nMemAvailable: 118566368 kB\n");
    tree_.file("bin/nvidia-smi", "#!/bin/sh\necho \"$$ $*\" >> " + path("started") + "\n" + body);
    std::filesystem::permissions(path("bin/nvidia-smi"), std::filesystem::perms::owner_all);
  }
  std::string path(const char* file) const { return tree_.host().resolve(file).string(); }
  SmiBoard open() const {
    return std::move(SmiBoard::open(tree_.host(), path("bin/nvidia-smi"), at_second(0)).value());
  }
  std::string started() const { return tree_.host().read("started").value_or(""); }

 private:
  HostTree tree_;
};

// What both questions are answered with, once.
std::string answers(const std::string& gpu, const std::string& process) {
  return "case \"$1\" in\n*query-gpu*) echo '" + gpu + "';;\n*) [ -z '" + process +
         "' ] || echo '" + process + "';;\nesac\nexec sleep 60\n";
}

TEST(SmiBoard, a_card) {
  const Smi smi{answers("GPU-5c89, 00000000:01:00.0, 0, 14000, 24564, 380, 97, NVIDIA RTX 4090",
                        "GPU-5c89, 7, 13000")};
  auto board = smi.open();
  ASSERT_TRUE(becomes_true([&] {
    board.read(at_second(1));
    return !board.readings().empty() && board.readings()[0].processes &&
           !board.readings()[0].processes->empty() && board.readings()[0].used;
  }));
  const auto& gpu = board.readings()[0];
  EXPECT_EQ(gpu.used, mib(14000));
  EXPECT_EQ(gpu.total, mib(24564));
  EXPECT_EQ(gpu.domain, MemoryDomain::device);
  EXPECT_DOUBLE_EQ(gpu.utilization_ratio.value_or(0), 0.97);
  EXPECT_EQ(gpu.processes->at(0).pid, 7);
  EXPECT_EQ(gpu.processes->at(0).memory, mib(13000));
}

TEST(SmiBoard, it_is_asked_for_other_fields_than_ai_toolkits_which_ends_its_own) {
  const Smi smi{answers("", "")};
  auto board = smi.open();
  ASSERT_TRUE(becomes_true([&] { return smi.started().contains("--query-gpu="); }));
  EXPECT_TRUE(smi.started().contains(
      "--query-gpu=uuid,pci.bus_id,index,memory.used,memory.total,memory.reserved,"
      "utilization.gpu,name --format=csv,noheader,nounits -lms 1000"))
      << smi.started();
  EXPECT_FALSE(smi.started().contains("--query-gpu=index,name,driver_version"));
}

TEST(SmiBoard, a_gb10_is_unified_by_its_refusal_and_its_processes) {
  const Smi smi{answers("GPU-2dee, 0000000F:01:00.0, 0, [N/A], [N/A], [N/A], 12, NVIDIA GB10",
                        "GPU-2dee, 7, 63931")};
  auto board = smi.open();
  ASSERT_TRUE(becomes_true([&] {
    board.read(at_second(1));
    return !board.readings().empty() && board.readings()[0].domain == MemoryDomain::unified &&
           !board.readings()[0].processes->empty();
  }));
  EXPECT_FALSE(board.readings()[0].total.has_value());
  EXPECT_EQ(board.readings()[0].processes->at(0).memory, mib(63931));
}

TEST(SmiBoard, an_older_one_that_refuses_a_field_is_asked_for_less) {
  const Smi smi{
      "case \"$1\" in\n*memory.reserved*) echo 'Field \"memory.reserved\" is not a valid field to "
      "query.'; exit 2;;\n*query-gpu*) echo 'GPU-5c89, 00000000:01:00.0, 0, 14000, 24564, 97, "
      "Tesla';;\nesac\nexec sleep 60\n"};
  auto board = smi.open();
  ASSERT_TRUE(becomes_true([&] {
    board.read(at_second(1));
    return !board.readings().empty() && board.readings()[0].used;
  }));
  EXPECT_FALSE(board.readings()[0].reserved.has_value());
  EXPECT_EQ(board.readings()[0].name, "Tesla");
}

TEST(SmiBoard, one_that_dies_is_started_again_after_a_pause_and_its_last_words_do_not_last) {
  const Smi smi{
      "case \"$1\" in\n*query-gpu*) echo 'GPU-5c89, 00000000:01:00.0, 0, 14000, 24564, 380, 97, "
      "Tesla'; exit 1;;\nesac\nexec sleep 60\n"};
  auto board = smi.open();
  ASSERT_TRUE(becomes_true([&] {
    board.read(at_second(1));
    return !board.trouble().empty();
  }));
  EXPECT_EQ(board.readings().at(0).used, mib(14000));
  const auto starts = [&] {
    const auto text = smi.started();
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find("query-gpu", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  EXPECT_EQ(starts(), 1U);
  board.read(at_second(2));
  EXPECT_EQ(starts(), 1U) << "two seconds' pause";
  std::filesystem::remove(smi.path("bin/nvidia-smi"));
  board.read(at_second(12));
  EXPECT_FALSE(board.readings().at(0).used.has_value());
  EXPECT_EQ(board.readings().at(0).domain, MemoryDomain::unknown);
  EXPECT_TRUE(board.trouble().contains("No such file")) << board.trouble();
}

TEST(SmiBoard, a_process_that_is_not_listed_any_more_is_forgotten) {
  const Smi smi{answers("GPU-5c89, 00000000:01:00.0, 0, 1, 24564, 380, 97, T", "GPU-5c89, 7, 13")};
  auto board = smi.open();
  ASSERT_TRUE(becomes_true([&] {
    board.read(at_second(1));
    return !board.readings().empty() && board.readings()[0].processes &&
           !board.readings()[0].processes->empty();
  }));
  board.read(at_second(6));
  EXPECT_TRUE(board.readings()[0].processes->empty());
}

TEST(SmiBoard, it_ends_with_its_owner) {
  const Smi smi{"exec sleep 60\n"};
  pid_t child = 0;
  {
    auto board = smi.open();
    ASSERT_TRUE(becomes_true([&] { return smi.started().contains("query-gpu"); }));
    child = std::stoi(smi.started());
    EXPECT_EQ(::kill(child, 0), 0);
  }
  EXPECT_NE(::kill(child, 0), 0);
}

TEST(SmiBoard, a_machine_without_it) {
  const auto board = SmiBoard::open(HostTree{}.host(), "/no/such/nvidia-smi", at_second(0));
  ASSERT_FALSE(board.has_value());
  EXPECT_EQ(board.error().code, Errc::not_found);
}

}  // namespace
}  // namespace tidemark
