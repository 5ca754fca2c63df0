#include "analysis/oom_limit.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

OomLevel v2_level(const std::string& cgroup, std::uint64_t kills, std::uint64_t ooms) {
  return {.cgroup = cgroup, .limit = mib(512), .kills = kills, .limit_ooms = ooms};
}
OomLevel v1_level(const std::string& cgroup, Bytes limit, std::uint64_t kills, std::uint64_t hits,
                  bool at_limit) {
  return {
      .cgroup = cgroup, .limit = limit, .kills = kills, .limit_hits = hits, .at_limit = at_limit};
}

TEST(JudgeLimit, v2_oom_marks_the_limit_and_oom_kill_the_victims_cgroup) {
  const auto parents =
      judge_limit({.levels = {v2_level("/a/b", 1, 0), v2_level("/a", 1, 1)}, .to_the_root = true});
  EXPECT_EQ(parents.holder, LimitHolder::cgroup);
  EXPECT_EQ(parents.cgroup, "/a");
  EXPECT_EQ(parents.said,
            "The limit was that of the cgroup above it, /a, 512 MB (1 time out of memory)");
  const auto own =
      judge_limit({.levels = {v2_level("/a/b", 1, 2), v2_level("/a", 1, 0)}, .to_the_root = true});
  EXPECT_EQ(own.cgroup, "/a/b");
}

TEST(JudgeLimit, v2_a_kill_without_any_oom_up_to_the_root_is_the_machines) {
  OomLevels counted{.levels = {v2_level("/a/b", 1, 0), v2_level("/a", 1, 0)}, .to_the_root = true};
  EXPECT_EQ(judge_limit(counted).holder, LimitHolder::machine);
  counted.to_the_root = false;
  EXPECT_EQ(judge_limit(counted).holder, LimitHolder::unknown);
  EXPECT_NE(judge_limit(counted).said.find("above what is visible"), std::string::npos);
}

TEST(JudgeLimit, v1_the_level_that_was_hit_and_whose_watermark_stands_at_its_limit) {
  const auto verdict = judge_limit(
      {.levels = {v1_level("/t/run", gib(1), 1, 3, false), v1_level("/t", mib(600), 0, 9, true)},
       .to_the_root = true});
  EXPECT_EQ(verdict.cgroup, "/t");
  EXPECT_NE(verdict.said.find("met 9 times, and its watermark"), std::string::npos);
}

TEST(JudgeLimit, v1_kernels_that_count_no_hits_leave_the_watermark) {
  const auto verdict = judge_limit(
      {.levels = {v1_level("/t/run", mib(300), 1, 0, true), v1_level("/t", gib(2), 0, 0, false)},
       .to_the_root = true});
  EXPECT_EQ(verdict.cgroup, "/t/run");
  EXPECT_NE(verdict.said.find("an earlier run may have left it"), std::string::npos);
}

TEST(JudgeLimit, two_levels_that_fit_equally_are_said) {
  const auto verdict = judge_limit(
      {.levels = {v1_level("/t/run", mib(300), 1, 4, true), v1_level("/t", mib(300), 0, 4, true)},
       .to_the_root = true});
  EXPECT_EQ(verdict.cgroup, "/t");
  EXPECT_NE(verdict.said.find("likely, not certain"), std::string::npos);
}

TEST(JudgeLimit, nobody_killed_or_nothing_counted_says_nothing) {
  EXPECT_EQ(judge_limit({}).said, "");
  EXPECT_EQ(judge_limit({.levels = {v2_level("/a", 0, 3)}}).said, "");
}

}  // namespace
}  // namespace tidemark
