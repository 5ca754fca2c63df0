#include <gtest/gtest.h>

#include "logscan/log_reader_for_test.h"

namespace tidemark {
namespace {

TEST(HealthyLog, frightening_words_alone_say_nothing) {
  for (const auto* line : {"0 errors, 0 warnings",
                           "error_rate: 0.1",
                           "mean squared error: 0.034 after 3 epochs",
                           "validation error = 0.12",
                           "Errors: none",
                           "we killed the learning rate at step 300",
                           "If you see CUDA out of memory, lower the batch size.",
                           "Tip: CUDA kernel errors are rare",
                           "memory: 23.1 GiB allocated, 1.2 GiB free",
                           "peak memory 31.2GB, no failure so far",
                           "failed: 0 passed: 12",
                           "the exception handler is installed",
                           "number of nan iterations: 0 |",
                           "val_loss improved from inf to 0.31",
                           "best_loss: inf",
                           "information: finished 3 of 5",
                           "warnings are silenced",
                           "prompt: a poster that says RuntimeError: CUDA out of memory",
                           "caption 7: std::bad_alloc written on a wall",
                           "\"text\": \"Killed\", \"n\": 3",
                           "Sample text: Traceback (most recent call last)",
                           "loss 0.31 | grad 0.2 | oom 0 | retries 0",
                           "Terminated early: patience reached",
                           "INFO: retrying failed downloads: 0",
                           "dataset of 1200 ERROR-free images",
                           "| class | error | n |",
                           "Exception rate 0.0%"})
    EXPECT_EQ(category_of("Loading\n" + std::string{line} + "\nstep 3/10 loss: 0.2\n"), "none")
        << line;
}

TEST(HealthyLog, a_dumped_config_full_of_traps_says_nothing) {
  const auto summary = summary_of(
      "Running 1 job\n{\n    \"prompts\": [\n        \"Traceback (most recent call last):\",\n"
      "        \"CUDA out of memory. Tried to allocate 2 GiB\",\n        \"Killed\"\n    ],\n"
      "    \"max_steps\": 10, \"note\": \"WARNING: step 9/10\"\n}\nUsing EMA\n" +
      bar(3));
  EXPECT_EQ(summary.primary, LogCategory::none);
  EXPECT_TRUE(summary.findings.empty());
  EXPECT_EQ(summary.last_step, 3);
}

TEST(HealthyLog, ai_toolkits_stop_is_no_error) {
  for (const auto& log :
       {failed_with("Exception: Job stopped"), failed_with("Exception: Job returning to queue"),
        std::string{"Error running job: Job stopped\n"} + failed_with("Exception: Job stopped"),
        std::string{"====\nJob stopped\n====\n"}}) {
    const auto summary = summary_of(bar(4) + "\n" + log);
    EXPECT_EQ(summary.primary, LogCategory::none) << log;
    EXPECT_TRUE(summary.stopped_by_client) << log;
  }
}

TEST(HealthyLog, skipped_batches_are_counted_and_survived) {
  std::string log = bar(4);
  for (const auto* which : {"1/3", "2/3"})
    log += "\n\n################\n# OOM during training step, skipping batch " +
           std::string{which} + " #\n################\n\n" + bar(5) + bar(6);
  const auto summary = summary_of(log);
  EXPECT_EQ(summary.skipped_batches, 2u);
  EXPECT_EQ(summary.primary, LogCategory::warning_only);
}

/// It says itself that it goes on; only the line of the fourth in a row says otherwise.
TEST(HealthyLog, a_log_that_ends_on_a_skipped_batch_is_a_warning_of_memory) {
  const auto skipped = [](int which) {
    return "\n\n####\n# OOM during training step, skipping batch " + std::to_string(which) +
           "/3 #\n####\n\n";
  };
  const std::string log = bar(4) + skipped(1) + skipped(2) + skipped(3);
  const auto summary = summary_of(log);
  EXPECT_EQ(summary.skipped_batches, 3u);
  EXPECT_EQ(summary.primary, LogCategory::warning_only);
  EXPECT_EQ(deciding(log).category, LogCategory::cuda_oom);
  const auto aborted = summary_of(
      log + failed_with("RuntimeError: OOM during training step 3 times in a row, aborting "
                        "training"));
  EXPECT_EQ(aborted.skipped_batches, 3u);
  EXPECT_EQ(aborted.primary, LogCategory::cuda_oom);
}

TEST(HealthyLog, what_python_ignored_is_a_warning) {
  EXPECT_EQ(category_of("Exception ignored in: <function f at 0x7>\n" + failed_with("OSError: x")),
            "warning_only");
}

TEST(HealthyLog, what_training_went_on_after_is_a_warning) {
  const auto summary =
      summary_of(bar(1) + "\n" + failed_with("ValueError: bad image") + bar(2) + bar(9) + "\n");
  EXPECT_EQ(summary.primary, LogCategory::warning_only);
  ASSERT_EQ(summary.findings.size(), 1u);
  EXPECT_EQ(summary.findings[0].level, LogLevel::warning);
}

TEST(HealthyLog, a_failed_allocation_before_a_finished_training_is_a_warning_with_its_sizes) {
  const auto found = deciding(
      "memory allocation failed with OOM on device 0 while trying to allocate 1073741824 bytes "
      "(free: 536870912, total: 8589934592).\nTraining finished\n");
  EXPECT_EQ(found.category, LogCategory::cuda_oom);
  EXPECT_EQ(found.level, LogLevel::warning);
  EXPECT_EQ(found.figures.requested, gib(1));
  EXPECT_EQ(category_of("memory allocation failed with OOM on device 0\nTraining finished\n"),
            "warning_only");
}

TEST(HealthyLog, a_lost_loss_that_came_back_is_a_warning) {
  EXPECT_EQ(category_of(bar(1, 100, "loss=nan") + bar(2) + bar(3) + bar(4)), "warning_only");
  EXPECT_EQ(category_of(bar(1) + bar(2, 100, "loss=nan") + bar(3, 100, "loss=nan")), "numerical");
}

}  // namespace
}  // namespace tidemark
