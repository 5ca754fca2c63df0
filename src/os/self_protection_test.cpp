#include "os/self_protection.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <array>
#include <charconv>

#include "support/host_tree.h"

namespace tidemark {
namespace {

std::int64_t locked_kib() {
  const auto status = HostRoot{}.read("proc/self/status").value();
  const auto at = status.find("VmLck:");
  std::int64_t kib = 0;
  const auto digits = status.find_first_of("0123456789", at);
  std::from_chars(status.data() + digits, status.data() + status.size(), kib);
  return kib;
}

/// Sanitizers stand before mlock and do nothing.
bool mlock_locks() {
  static std::array<char, 1> page{};
  const auto before = locked_kib();
  const bool done = ::mlock(page.data(), page.size()) == 0;
  const bool counted = locked_kib() > before;
  if (done) ::munlock(page.data(), page.size());
  return !done || counted;
}

TEST(LockPresentMemory, what_it_says_is_what_the_kernel_counts_and_within_the_budget) {
  if (!mlock_locks()) GTEST_SKIP() << "mlock does nothing in this build (sanitizers intercept it)";
  const auto before = locked_kib();
  const auto locked = lock_present_memory(HostRoot{}, kLockedMemoryBudget);
  if (locked.count == 0) GTEST_SKIP() << "RLIMIT_MEMLOCK allows nothing here";
  EXPECT_LE(locked, kLockedMemoryBudget);
  EXPECT_EQ(locked_kib() - before, locked.count / 1024);
}

TEST(LockPresentMemory, a_recorded_tree_locks_nothing) {
  HostTree tree;
  tree.file("proc/self/maps", "00400000-00500000 rw-p 00000000 00:00 0 [heap]\n");
  EXPECT_EQ(lock_present_memory(tree.host(), kLockedMemoryBudget), Bytes{});
}

TEST(LeaveOomChoice, the_lowest_score_is_written_and_a_machine_without_it_is_an_error) {
  HostTree tree;
  EXPECT_FALSE(leave_oom_choice(tree.host()));
  tree.file("proc/self/oom_score_adj", "0");
  ASSERT_TRUE(leave_oom_choice(tree.host()));
  EXPECT_EQ(tree.host().read("proc/self/oom_score_adj"), "-1000");
}

}  // namespace
}  // namespace tidemark
