// A log that is read as it comes: arrivals, errors as they appear, steps printed as lines.
#include <gtest/gtest.h>

#include <string>

#include "logscan/logscan.h"

namespace tidemark {
namespace {

TEST(LiveLog, a_finding_has_the_arrival_of_its_line_and_what_was_there_already_has_none) {
  LogReader reader;
  reader.feed("RuntimeError: CUDA error: device-side assert triggered\nstarting again\n");
  reader.feed("Traceback (most recent call last):\n  File \"/w/t.py\", line 3, in <module>\n",
              1000.0);
  reader.feed("torch.OutOfMemory", 1002.0);
  reader.feed("Error: CUDA out of memory. Tried to allocate 2.00 GiB.\n", 1005.0);
  const auto summary = reader.summary();
  ASSERT_EQ(summary.findings.size(), 2U);
  EXPECT_FALSE(summary.findings[0].first.arrived);
  EXPECT_EQ(summary.findings[1].first.arrived, 1002.0);
}

TEST(LiveLog, a_new_error_changes_the_count_and_the_same_one_again_does_not) {
  const std::string raised =
      "Traceback (most recent call last):\n  File \"/w/t.py\", line 3, in f\n";
  std::string ordinary;
  for (int i = 0; i < 20; ++i) ordinary += "all is well\n";
  LogReader reader;
  reader.feed(ordinary, 1.0);
  const auto before = reader.errors_seen();
  reader.feed(raised + "ValueError: 3 is no size\n", 2.0);
  EXPECT_NE(reader.errors_seen(), before) << "at once, although its message may go on";
  reader.feed(ordinary, 2.0);
  const auto found = reader.errors_seen();
  reader.feed(raised + "ValueError: 4 is no size\n" + ordinary, 3.0);
  EXPECT_EQ(reader.errors_seen(), found);
  EXPECT_EQ(reader.summary().findings.at(0).count, 2U);
}

TEST(LiveLog, steps_printed_as_lines_are_steps) {
  LogReader reader;
  reader.feed("step 100/300 loss: 0.5\nstep 200/300 loss: 0.4\n", 10.0);
  reader.feed("step 300/300 loss: 0.25\n", 20.0);
  const auto steps = reader.take_line_steps();
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[2].step, 300);
  EXPECT_EQ(steps[2].loss, 0.25);
  EXPECT_EQ(steps[2].unix_seconds, 20.0);
  EXPECT_EQ(steps[2].total_steps, 300);
  EXPECT_DOUBLE_EQ(*steps[2].step_time_seconds, 0.1);
  EXPECT_EQ(steps[2].source, StepSource::bar);
  EXPECT_TRUE(reader.take_line_steps().empty());
}

TEST(LiveLog, a_count_that_begins_anew_for_each_epoch_goes_on_behind_it) {
  LogReader reader;
  reader.feed("[1/70][1530/2860]\tLoss_D: 0.5\n[1/70][2800/2860]\tLoss_D: 0.4\n", 10.0);
  reader.feed("[2/70][100/2860]\tLoss_D: 0.3\n", 20.0);
  const auto steps = reader.take_line_steps();
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].step, 1530);
  EXPECT_EQ(steps[2].step, 2960);
}

TEST(LiveLog, a_restart_from_a_checkpoint_gives_no_number_twice) {
  LogReader reader;
  reader.feed("step 100 loss: 0.5\nstep 200 loss: 0.4\nstep 150 loss: 0.4\nstep 250 loss: 0.3\n",
              1.0);
  const auto steps = reader.take_line_steps();
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[2].step, 250);
}

TEST(LiveLog, lines_of_a_log_that_was_there_already_are_no_steps_of_now) {
  LogReader reader;
  reader.feed("step 100/300 loss: 0.5\n");
  EXPECT_TRUE(reader.take_line_steps().empty());
  EXPECT_EQ(reader.last_step(), 100);
}

}  // namespace
}  // namespace tidemark
