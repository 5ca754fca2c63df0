#include <gtest/gtest.h>

#include "live/live_test_support.h"

namespace tidemark {
namespace {

LiveView after(LiveView view, LiveInput input, const LiveSnapshot& snapshot = snapshot_of_a_run()) {
  return apply_input(view, input, snapshot).view;
}

TEST(ViewInput, arrows_change_the_time_that_is_shown) {
  EXPECT_EQ(after({}, {.key = LiveKey::left}).window_seconds, 1800);
  EXPECT_EQ(after({}, {.key = LiveKey::right}).window_seconds, 300);
  EXPECT_EQ(after({.window_seconds = 21600}, {.key = LiveKey::left}).window_seconds, 21600);
  EXPECT_EQ(after({.window_seconds = 60}, {.key = LiveKey::right}).window_seconds, 60);
  EXPECT_EQ(after({.window_seconds = 420}, {.key = LiveKey::right}).window_seconds, 300);
}

TEST(ViewInput, p_pauses_and_goes_on) {
  EXPECT_TRUE(after({}, {.character = 'p'}).paused);
  EXPECT_FALSE(after({.paused = true}, {.character = 'p'}).paused);
}

TEST(ViewInput, q_quits_wherever_one_is) {
  EXPECT_TRUE(after({}, {.character = 'q'}).quit);
  EXPECT_TRUE(after({.picking = true}, {.character = 'q'}).quit);
  EXPECT_TRUE(after({.help = true}, {.character = 'q'}).quit);
}

TEST(ViewInput, help_comes_and_goes) {
  EXPECT_TRUE(after({}, {.character = '?'}).help);
  EXPECT_FALSE(after({.help = true}, {.key = LiveKey::escape}).help);
}

TEST(ViewInput, tab_goes_round_the_pools) {
  auto snapshot = snapshot_of_a_run();
  snapshot.last->shm_total = gib(64);
  snapshot.last->shm_used = gib(1);
  auto view = after({}, {.key = LiveKey::tab}, snapshot);
  EXPECT_EQ(view.pool, 1U);
  view = after(view, {.key = LiveKey::tab}, snapshot);
  EXPECT_EQ(view.pool, 2U);
  EXPECT_EQ(after(view, {.key = LiveKey::tab}, snapshot).pool, 0U);
}

class Picker : public ::testing::Test {
 protected:
  Picker() : snapshot_(snapshot_of_a_run()) {
    snapshot_.choices = {{{.job_id = "other", .number = 1}, "other"},
                         {{.job_id = "job-1", .number = 3}, "my_lora"}};
  }
  LiveSnapshot snapshot_;
};

TEST_F(Picker, begins_at_the_run_that_is_shown) {
  const auto view = after({}, {.character = 'j'}, snapshot_);
  EXPECT_TRUE(view.picking);
  EXPECT_EQ(view.picked, 1U);
}

TEST_F(Picker, enter_turns_to_the_run_it_is_at) {
  auto view = after({}, {.character = 'j'}, snapshot_);
  view = after(view, {.key = LiveKey::down}, snapshot_);
  EXPECT_EQ(view.picked, 1U);  // there is none below
  view = after(view, {.key = LiveKey::up}, snapshot_);
  const auto step = apply_input(view, {.key = LiveKey::enter}, snapshot_);
  ASSERT_TRUE(step.turned_to);
  EXPECT_EQ(step.turned_to->run.job_id, "other");
  EXPECT_FALSE(step.view.picking);
}

TEST_F(Picker, escape_leaves_everything_as_it_was) {
  const auto step = apply_input({.picking = true}, {.key = LiveKey::escape}, snapshot_);
  EXPECT_FALSE(step.view.picking);
  EXPECT_FALSE(step.turned_to);
}

TEST_F(Picker, runs_that_are_gone_cannot_be_picked) {
  snapshot_.choices.resize(1);
  EXPECT_FALSE(
      apply_input({.picking = true, .picked = 1}, {.key = LiveKey::enter}, snapshot_).turned_to);
  snapshot_.choices.clear();
  EXPECT_FALSE(after({}, {.character = 'j'}, snapshot_).picking);
}

TEST_F(Picker, names_the_runs) {
  const auto text = shown(snapshot_, {}, {.picking = true, .picked = 1});
  EXPECT_NE(text.find("  other  run 1"), std::string::npos);
  EXPECT_NE(text.find("> my_lora  run 3"), std::string::npos);
}

}  // namespace
}  // namespace tidemark
