#include "sensing/family/family_roles.h"

#include <gtest/gtest.h>

#include <vector>

namespace tidemark {
namespace {

constexpr ProcessIdentity kRoot{100, 1};
constexpr std::uint32_t kPython = 1;
constexpr std::uint32_t kBash = 2;

FamilyFact fact(std::int32_t pid, std::int32_t parent, bool forked_only, std::uint32_t executable,
                std::int64_t rss_mib) {
  return {.id = {pid, 1},
          .parent = {parent, 1},
          .forked_only = forked_only,
          .executable = executable,
          .rss = mib(rss_mib)};
}

TEST(ChooseMain, the_largest_head_not_the_wrapper_that_waits_for_it) {
  const std::vector family{fact(100, 1, false, kBash, 4), fact(101, 100, false, kPython, 900),
                           fact(102, 101, true, kPython, 2000)};
  EXPECT_EQ(choose_main(family, kRoot, kRoot), 1U);
}

TEST(ChooseMain, a_forked_only_root_is_a_head_all_the_same) {
  const std::vector family{fact(100, 1, true, kPython, 4)};
  EXPECT_EQ(choose_main(family, kRoot, std::nullopt), 0U);
}

TEST(ChooseMain, main_changes_only_for_a_head_half_as_large_again) {
  std::vector family{fact(100, 1, false, kPython, 300), fact(101, 100, false, kPython, 440)};
  EXPECT_EQ(choose_main(family, kRoot, kRoot), 0U);
  family[1].rss = mib(460);
  EXPECT_EQ(choose_main(family, kRoot, kRoot), 1U);
  EXPECT_EQ(choose_main(family, kRoot, ProcessIdentity{101, 1}), 1U);
}

TEST(ChooseMain, a_main_that_ended_is_replaced_by_the_largest_that_lives) {
  const std::vector family{fact(100, 1, false, kBash, 4), fact(103, 100, false, kPython, 3)};
  EXPECT_EQ(choose_main(family, kRoot, ProcessIdentity{101, 1}), 0U);
}

TEST(ChooseMain, multiprocessing_helpers_are_no_heads) {
  std::vector family{fact(100, 1, false, kPython, 100), fact(101, 100, false, kPython, 900)};
  for (const auto kind :
       {ProgramKind::spawn_child, ProgramKind::forkserver, ProgramKind::resource_tracker}) {
    family[1].kind = kind;
    EXPECT_EQ(choose_main(family, kRoot, kRoot), 0U);
  }
}

TEST(ChooseMain, orphaned_workers_alone_have_no_main) {
  const std::vector family{fact(102, 100, true, kPython, 50)};
  EXPECT_FALSE(choose_main(family, kRoot, kRoot).has_value());
}

TEST(RoleOf, a_forked_descendant_with_the_same_executable_is_a_worker) {
  const std::vector family{fact(100, 1, false, kPython, 900), fact(101, 100, true, kPython, 900),
                           fact(102, 101, true, kPython, 900)};
  EXPECT_EQ(role_of(family, 0, 0), ProcessRole::main);
  EXPECT_EQ(role_of(family, 1, 0), ProcessRole::worker);
  EXPECT_EQ(role_of(family, 2, 0), ProcessRole::worker);
}

TEST(RoleOf, one_that_exec_ed_is_a_child_even_with_the_same_executable) {
  const std::vector family{fact(100, 1, false, kPython, 900), fact(101, 100, false, kPython, 50)};
  EXPECT_EQ(role_of(family, 1, 0), ProcessRole::child);
}

TEST(RoleOf, a_fork_of_the_wrapper_is_no_worker_of_main) {
  const std::vector family{fact(100, 1, false, kBash, 4), fact(101, 100, false, kPython, 900),
                           fact(102, 100, true, kBash, 4)};
  EXPECT_EQ(role_of(family, 2, 1), ProcessRole::child);
  EXPECT_EQ(role_of(family, 0, 1), ProcessRole::child);
}

TEST(RoleOf, multiprocessing_children_are_workers_and_its_helpers_are_not) {
  std::vector family{fact(100, 1, false, kPython, 900), fact(101, 100, false, kPython, 50),
                     fact(102, 100, false, kPython, 20), fact(103, 102, true, kBash, 20),
                     fact(104, 100, false, kPython, 10)};
  family[1].kind = ProgramKind::spawn_child;
  family[2].kind = ProgramKind::forkserver;
  family[4].kind = ProgramKind::resource_tracker;
  EXPECT_EQ(role_of(family, 1, 0), ProcessRole::worker);
  EXPECT_EQ(role_of(family, 2, 0), ProcessRole::child);
  EXPECT_EQ(role_of(family, 3, 0), ProcessRole::worker);  // the forkserver's child
  EXPECT_EQ(role_of(family, 4, 0), ProcessRole::child);
}

TEST(RoleOf, an_executable_that_cannot_be_read_does_not_speak_against_a_worker) {
  const std::vector family{fact(100, 1, false, kPython, 900), fact(101, 100, true, 0, 900)};
  EXPECT_EQ(role_of(family, 1, 0), ProcessRole::worker);
}

}  // namespace
}  // namespace tidemark
