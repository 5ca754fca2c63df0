#include "sensing/linux/run_family.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sensing/linux/test_child.h"
#include "support/host_tree.h"

namespace tidemark {
namespace {

std::string stat_text(std::int32_t pid, std::int32_t parent, bool forked_only, std::uint64_t start,
                      char state = 'S') {
  return std::to_string(pid) + " (python3) " + state + " " + std::to_string(parent) + " 1 1 0 -1 " +
         (forked_only ? "4194368" : "4194304") + " 0 0 0 0 10 5 0 0 20 0 1 0 " +
         std::to_string(start) + " 1000 256 18446744073709551615 1 1 1 0 0 0 0 0 0 0 0 0 17 0 0\n";
}

HostTree small_family() {
  return HostTree{}
      .file("proc/loadavg", "0 0 0 1/9 12\n")
      .file("proc/10/stat", stat_text(10, 1, false, 100))
      .file("proc/10/task/10/children", "11 ")
      .file("proc/10/task/15/children", "12 ")  // born to a second thread
      .file("proc/11/stat", stat_text(11, 10, true, 110))
      .file("proc/11/task/11/children", "")
      .file("proc/12/stat", stat_text(12, 10, true, 120))
      .file("proc/12/task/12/children", "13 ")
      .file("proc/13/stat", stat_text(13, 12, true, 130))
      .file("proc/13/task/13/children", "");
}

std::vector<std::int32_t> pids_of(const RunFamily& family) {
  std::vector<std::int32_t> pids;
  for (const auto& fact : family.facts()) pids.push_back(fact.id.pid);
  return pids;
}

using Pids = std::vector<std::int32_t>;

TEST(RunFamily, children_of_every_thread_and_their_children_are_found) {
  const auto tree = small_family();
  const auto family = RunFamily::open(tree.host(), {10, 100});
  ASSERT_TRUE(family) << family.error().message;
  EXPECT_EQ(pids_of(*family), (Pids{10, 11, 12, 13}));
  EXPECT_EQ(family->facts()[3].parent, (ProcessIdentity{12, 120}));
}

TEST(RunFamily, a_kernel_without_children_files_is_searched_by_parents) {
  HostTree tree;
  tree.file("proc/loadavg", "0 0 0 1/9 13\n")
      .file("proc/10/stat", stat_text(10, 1, false, 100))
      .file("proc/10/task/10/stat", "")
      .file("proc/9/stat", stat_text(9, 12, true, 130))  // a lower pid than its parent's
      .file("proc/12/stat", stat_text(12, 10, true, 120))
      .file("proc/13/stat", stat_text(13, 1, true, 140))
      .file("proc/meminfo", "");
  const auto family = RunFamily::open(tree.host(), {10, 100});
  ASSERT_TRUE(family);
  EXPECT_EQ(pids_of(*family), (Pids{10, 12, 9}));
}

TEST(RunFamily, an_ended_root_is_gone) {
  const auto tree = HostTree{}.file("proc/10/stat", stat_text(10, 1, false, 100, 'Z'));
  EXPECT_EQ(RunFamily::open(tree.host(), {10, 100}).error().code, Errc::gone);
  EXPECT_EQ(RunFamily::open(tree.host(), {11, 100}).error().code, Errc::gone);
}

TEST(RunFamily, a_zombie_is_not_living_and_its_children_go_to_its_parent) {
  auto tree = small_family();
  auto family = RunFamily::open(tree.host(), {10, 100});
  ASSERT_TRUE(family);
  tree.file("proc/12/stat", stat_text(12, 10, true, 120, 'Z'));
  tree.file("proc/13/stat", stat_text(13, 1, true, 130));  // init has it now
  EXPECT_TRUE(family->any_ended());
  family->read();
  EXPECT_EQ(pids_of(*family), (Pids{10, 11, 13}));
  EXPECT_EQ(family->facts()[2].parent, (ProcessIdentity{10, 100}));
}

TEST(RunFamily, new_pids_are_looked_at_when_the_newest_pid_moves) {
  auto tree = small_family();
  auto family = RunFamily::open(tree.host(), {10, 100});
  ASSERT_TRUE(family);
  while (family->look_for_new()) {
  }
  tree.file("proc/14/stat", stat_text(14, 11, true, 140));
  EXPECT_FALSE(family->look_for_new());  // loadavg says that nothing is new
  tree.file("proc/loadavg", "0 0 0 1/9 14\n");
  EXPECT_TRUE(family->look_for_new());
  EXPECT_EQ(pids_of(*family), (Pids{10, 11, 12, 13, 14}));
}

TEST(RunFamily, a_pid_that_shows_a_moment_after_it_was_given_out_is_found_by_the_second_look) {
  auto tree = small_family();
  auto family = RunFamily::open(tree.host(), {10, 100});
  ASSERT_TRUE(family);
  family->look_for_new();
  family->look_for_new();
  tree.file("proc/loadavg", "0 0 0 1/9 14\n");
  EXPECT_FALSE(family->look_for_new());
  tree.file("proc/14/stat", stat_text(14, 11, true, 140));
  EXPECT_TRUE(family->look_for_new());
}

TEST(RunFamily, after_many_new_pids_the_children_are_walked) {
  auto tree = small_family();
  auto family = RunFamily::open(tree.host(), {10, 100});
  ASSERT_TRUE(family);
  family->look_for_new();
  family->look_for_new();
  tree.file("proc/loadavg", "0 0 0 1/9 5000\n")
      .file("proc/11/task/11/children", "300 ")
      .file("proc/300/stat", stat_text(300, 11, true, 140));
  EXPECT_TRUE(family->look_for_new());
  EXPECT_EQ(family->facts().back().id.pid, 300);
}

TEST(RunFamily, a_thread_of_the_trainer_is_no_member) {
  auto tree = small_family();
  auto family = RunFamily::open(tree.host(), {10, 100});
  ASSERT_TRUE(family);
  family->look_for_new();
  family->look_for_new();
  auto thread = stat_text(14, 10, true, 140);
  thread.replace(thread.rfind(" 17 "), 4, " -1 ");
  tree.file("proc/14/stat", thread).file("proc/loadavg", "0 0 0 1/9 14\n");
  EXPECT_FALSE(family->look_for_new());
}

TEST(RunFamily, a_worker_that_vanishes_between_two_reads_is_let_go) {
  TestChild child{[](auto ready) {
    ready();
    wait_for_ever();
  }};
  auto family = RunFamily::open(HostRoot{}, *identify_process(HostRoot{}, ::getpid()));
  ASSERT_TRUE(family);
  ASSERT_EQ(family->facts().size(), 2U);
  EXPECT_TRUE(family->facts()[1].forked_only);
  EXPECT_FALSE(family->any_ended());
  child.end();
  EXPECT_TRUE(family->any_ended());
  family->read();
  EXPECT_EQ(family->facts().size(), 1U);
}

TEST(RunFamily, a_new_child_is_noticed) {
  auto family = RunFamily::open(HostRoot{}, *identify_process(HostRoot{}, ::getpid()));
  ASSERT_TRUE(family);
  while (family->look_for_new()) {
  }
  TestChild child{[](auto ready) {
    ready();
    wait_for_ever();
  }};
  EXPECT_TRUE(family->look_for_new());
  EXPECT_EQ(family->facts().back().id.pid, child.pid());
}

TEST(RunFamily, a_monitor_that_the_trainer_started_is_no_part_of_the_run) {
  const auto trainer = identify_process(HostRoot{}, ::getpid()).value();
  TestChild monitor{[trainer](auto ready) {
    ready();
    auto family = RunFamily::open(HostRoot{}, trainer);
    const bool alone = family && family->facts().size() == 1 && !family->look_for_new();
    ::_exit(alone ? 0 : 1);
  }};
  EXPECT_EQ(WEXITSTATUS(monitor.reap()), 0);
}

TEST(RunFamily, a_reused_pid_is_not_taken_for_the_process_that_had_it) {
  TestChild root{[](auto ready) {
    ready();
    wait_for_ever();
  }};
  const auto pid = root.pid();
  const auto id = identify_process(HostRoot{}, pid);
  ASSERT_TRUE(id);
  auto family = RunFamily::open(HostRoot{}, *id);
  ASSERT_TRUE(family);
  root.end();
  // Start times have a resolution of 10 ms; the identity differs once one has passed.
  const auto later = std::chrono::steady_clock::now() + std::chrono::milliseconds{30};
  while (std::chrono::steady_clock::now() < later) {
  }
  std::ofstream{"/proc/sys/kernel/ns_last_pid"} << pid - 1 << std::flush;
  TestChild stranger{[](auto ready) {
    ready();
    wait_for_ever();
  }};
  if (stranger.pid() != pid) GTEST_SKIP() << "the pid could not be chosen (root, and luck)";
  EXPECT_TRUE(family->any_ended());
  family->read();
  EXPECT_TRUE(family->facts().empty());
  family->look_for_new();
  EXPECT_TRUE(family->facts().empty());
  EXPECT_EQ(RunFamily::open(HostRoot{}, *id).error().code, Errc::gone);
}

}  // namespace
}  // namespace tidemark
