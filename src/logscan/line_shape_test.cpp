#include "logscan/line_shape.h"

#include <gtest/gtest.h>

#include "logscan/log_reader_for_test.h"
#include "logscan/quiet_lines.h"

namespace tidemark {
namespace {

TEST(LineShape, lines_that_differ_in_numbers_alone_fit) {
  LineShape shape{"step 100/2000 loss: 0.3125 lr: 1.0e-04"};
  EXPECT_TRUE(shape.fits("step 101/2000 loss: 0.2999 lr: 1.0e-04"));
  EXPECT_TRUE(shape.fits("step 1002/2000 loss: 0.31 lr: 9.75e-05"));
  EXPECT_TRUE(shape.fits("step 998/2 loss: 12.5 lr: 1e-04"));
  EXPECT_TRUE(shape.fits("step 998/2000 loss: 0.3125 lr: 9"));
}

TEST(LineShape, a_letter_a_sign_or_a_word_more_does_not_fit) {
  LineShape shape{"step 100/2000 loss: 0.3125 lr: 1.0e-04"};
  EXPECT_FALSE(shape.fits("step 100/2000 loss: nan lr: 1.0e-04"));
  EXPECT_FALSE(shape.fits("step 100/2000 loss: 0.3125 lr: 1.0e-04 Killed"));
  EXPECT_FALSE(shape.fits("Step 100/2000 loss: 0.3125 lr: 1.0e-04"));
  EXPECT_FALSE(shape.fits("step 100/2000 loss; 0.3125 lr: 1.0e-04"));
  EXPECT_FALSE(
      shape.fits("step 100/2000 loss: 0.3125 lr: 1.0e-0"
                 "\xB4"));
}

TEST(LineShape, one_that_remembers_nothing_fits_nothing) {
  EXPECT_FALSE(LineShape{}.fits("step 100/2000 loss"));
}

TEST(QuietLines, a_line_whose_numbers_may_mean_something_is_not_learnt) {
  QuietLines quiet;
  quiet.learn("worker 3 ended with exit code 0", {});
  EXPECT_EQ(quiet.find("worker 3 ended with exit code 0"), nullptr);
  quiet.learn("worker 3 has read 20 files", {});
  EXPECT_NE(quiet.find("worker 4 has read 21 files"), nullptr);
}

TEST(QuietLines, an_error_among_thousands_of_equal_lines_is_found) {
  std::string log;
  for (int i = 0; i < 5000; ++i)
    log += "worker " + std::to_string(i) + " ended with exit code 0 after " + std::to_string(i) +
           " s\n";
  log += "worker 7 ended with exit code 137 after 12 s\n";
  EXPECT_EQ(category_of(log), "host_oom_kill");
}

TEST(QuietLines, steps_that_were_passed_over_prove_that_training_went_on) {
  std::string log = failed_with("ValueError: bad image");
  for (int i = 1; i <= 50; ++i)
    log += "step " + std::to_string(i) + "/2000 loss: 0." + std::to_string(100 + i) + "\n";
  const auto summary = summary_of(log);
  EXPECT_EQ(summary.primary, LogCategory::warning_only);
  EXPECT_EQ(summary.last_step, 50);
  EXPECT_EQ(summary.total_steps, 2000);
  EXPECT_EQ(summary.last_loss, 0.15);
}

TEST(QuietLines, a_finding_is_dated_by_the_lines_before_it) {
  std::string log;
  for (int i = 0; i < 60; ++i)
    log += "2026-01-02 03:04:" + std::to_string(10 + i % 40) + " step " + std::to_string(i) +
           "/90 loss: 0.5\n";
  const auto found = deciding(log + "Killed\n");
  EXPECT_EQ(found.first.step, 59);
  EXPECT_EQ(found.first.unix_seconds, 1'767'323'069.0);
}

TEST(QuietLines, a_bar_behind_lines_that_were_passed_over_is_the_newer_one) {
  std::string log = bar(1);
  for (int i = 0; i < 5; ++i)
    log += "\n{'loss': 0.5, 'epoch': 0." + std::to_string(i) + "}" + bar(2 + i);
  EXPECT_EQ(summary_of(log).last_step, 6);
}

}  // namespace
}  // namespace tidemark
