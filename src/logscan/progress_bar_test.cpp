#include <gtest/gtest.h>

#include <cmath>

#include "logscan/logscan.h"

namespace tidemark {
namespace {

ProgressBar parsed(std::string_view line) {
  const auto bar = parse_progress_bar(line);
  EXPECT_TRUE(bar) << line;
  return bar.value_or(ProgressBar{});
}

bool is_training(std::string_view line) {
  return is_training_bar(parsed(line));
}

TEST(ProgressBar, ai_toolkits_bar_gives_everything_it_shows) {
  const auto bar = parsed(
      "my_lora:  42%|████▏     | 10/24 [00:05<00:07, 17.69it/s, lr: 1.0e-03 loss: 2.600e-01]");
  EXPECT_EQ(bar.description, "my_lora");
  EXPECT_EQ(bar.position, 10);
  EXPECT_EQ(bar.total, 24);
  EXPECT_EQ(bar.elapsed_seconds, 5);
  EXPECT_DOUBLE_EQ(*bar.seconds_per_step, 1 / 17.69);
  EXPECT_EQ(bar.learning_rate, 1e-3);
  EXPECT_EQ(bar.loss, 0.26);
  EXPECT_EQ(bar.unit, "it");
}

TEST(ProgressBar, slow_bars_show_seconds_per_step) {
  const auto bar =
      parsed("steps:  12%|█▎        | 3/24 [1:02:03<12:34:56, 12.50s/it, avr_loss=0.123]");
  EXPECT_EQ(bar.seconds_per_step, 12.5);
  EXPECT_EQ(bar.elapsed_seconds, 3723);
  EXPECT_EQ(bar.loss, 0.123);
}

TEST(ProgressBar, a_bar_that_has_not_moved_has_no_rate) {
  const auto bar = parsed("  0%|          | 0/24 [00:00<?, ?it/s]");
  EXPECT_EQ(bar.position, 0);
  EXPECT_FALSE(bar.seconds_per_step);
  EXPECT_EQ(bar.unit, "it");
  EXPECT_EQ(bar.description, "");
}

TEST(ProgressBar, a_bar_without_total_counts_on) {
  const auto bar = parsed("10it [00:01,  9.80it/s]");
  EXPECT_EQ(bar.position, 10);
  EXPECT_FALSE(bar.total);
  EXPECT_EQ(bar.description, "");
  EXPECT_EQ(parsed("Epoch 2: 1234it [00:01,  9.80it/s, loss=0.5]").description, "Epoch 2");
  EXPECT_EQ(parsed("Epoch 2: 7/? [00:01<?,  9.80it/s, loss=0.5]").position, 7);
}

TEST(ProgressBar, hours_and_days_count) {
  EXPECT_EQ(parsed("x: 1%|  | 1/100 [27:46:40<?, 1.00it/s]").elapsed_seconds, 100'000);
  EXPECT_EQ(
      parsed("x: 1%|  | 1/100 [1 day, 2:03:04<99 days, 1:00:00, 9.00s/it, loss=1]").elapsed_seconds,
      93'784);
  EXPECT_EQ(parsed("x: 1%|  | 1/100 [1 day, 2:03:04<99 days, 1:00:00, 9.00s/it, loss=1]")
                .seconds_per_step,
            9);
}

TEST(ProgressBar, ascii_bars_and_odd_widths_are_bars) {
  EXPECT_EQ(parsed("train:  50%|#####     | 5/10 [00:01<00:01,  5.00it/s]").position, 5);
  EXPECT_EQ(parsed("train:  50%|| 5/10 [00:01<00:01,  5.00it/s]").position, 5);
  EXPECT_EQ(parsed("train:  50.00%|>>>>| 5/10 [00:01<00:01,  5.00it/s]").description, "train");
}

TEST(ProgressBar, scaled_counts_are_unscaled) {
  const auto bar = parsed("x:  12%|#  | 1.20k/10.0k [00:10<01:13, 120it/s]");
  EXPECT_EQ(bar.position, 1200);
  EXPECT_EQ(bar.total, 10'000);
  EXPECT_DOUBLE_EQ(*parsed("x:  12%|#  | 1.20k/10.0k [00:10<01:13, 1.20kit/s]").seconds_per_step,
                   1 / 1200.0);
  const auto download = parsed("model.safetensors: 100%|##| 99.7M/99.7M [03:12<00:00, 519kB/s]");
  EXPECT_EQ(download.total, 99'700'000);
  EXPECT_EQ(download.unit, "B");
}

TEST(ProgressBar, other_units_are_named) {
  EXPECT_EQ(parsed("Map: 100%|##| 833/833 [00:00<00:00, 1493.65 examples/s]").unit, "examples");
  EXPECT_EQ(parsed("Generating train split: 833 examples [00:00, 1493.65 examples/s]").position,
            833);
  EXPECT_EQ(parsed("Epochs:  10%|#  | 1/10 [01:00<09:00, 60.00s/epoch]").unit, "epoch");
}

TEST(ProgressBar, values_are_read_in_every_style) {
  EXPECT_EQ(parsed("x: 1%|| 1/9 [00:01<00:08, 1.00it/s, loss=0.26, lr=1e-3]").learning_rate, 1e-3);
  EXPECT_EQ(parsed("x: 1%|| 1/9 [00:01<00:08, 1.00it/s, loss: 2.6e-01]").loss, 0.26);
  EXPECT_EQ(parsed("x: 1%|| 1/9 [00:01<00:08, 1.00it/s, Loss=0.15299, distort=0.0]").loss, 0.15299);
  EXPECT_EQ(parsed("x: 1%|| 1/9 [00:01<00:08, 1.00it/s, loss=tensor(0.26, device='cuda:0')]").loss,
            0.26);
  EXPECT_EQ(parsed("x: 1%|| 1/9 [00:01<00:08, 1.00it/s, grad_norm=1.5, loss=1]").gradient_norm,
            1.5);
  EXPECT_EQ(parsed("x: 1%|| 1/9 [00:01<00:08, 1.00it/s, shape=[1, 2], loss=0.5]").loss, 0.5);
  EXPECT_TRUE(std::isnan(*parsed("x: 1%|| 1/9 [00:01<00:08, 1.00it/s, loss=nan]").loss));
  EXPECT_EQ(parsed("x: 1%|| 1/9 [00:01<00:08, 1.00it/s, loss=-inf]").loss, -HUGE_VAL);
}

TEST(ProgressBar, the_plainest_loss_wins_and_no_foreign_one_counts) {
  EXPECT_EQ(
      parsed("x: 1%|| 1/9 [00:01<00:08, 1it/s, avr_loss=1, step_loss=2, loss=3, aux_loss=4]").loss,
      3);
  EXPECT_FALSE(
      parsed("x: 1%|| 1/9 [00:01<00:08, 1it/s, val_loss=1, loss_scale=65536, eval/loss=2]").loss);
  EXPECT_FALSE(parsed("x: 1%|| 1/9 [00:01<00:08, 1it/s, loss=low, lr=1st]").loss);
}

TEST(ProgressBar, a_description_may_hold_anything) {
  EXPECT_EQ(parsed("a: b [50%] 3/4: 75%|###| 3/4 [00:01<00:00, 3.00it/s]").description,
            "a: b [50%] 3/4");
  EXPECT_EQ(parsed("100%|done| run 5%|: 75%|###| 3/4 [00:01<00:00, 3.00it/s]").position, 3);
  const auto dynamic = parsed("Epoch 1 | loss: 0.25:  75%|###| 3/4 [00:01<00:00, 3.00it/s]");
  EXPECT_EQ(dynamic.loss, 0.25);
}

TEST(ProgressBar, text_glued_behind_the_bar_does_not_matter) {
  const auto bar =
      parsed("x:  75%|###| 3/4 [00:01<00:00, 3.00it/s, loss=1]Traceback (most recent call last):");
  EXPECT_EQ(bar.position, 3);
  EXPECT_EQ(bar.loss, 1);
}

TEST(ProgressBar, a_bar_cut_by_the_terminals_width_keeps_its_whole_values) {
  const auto bar = parsed("x:  75%|###| 3/4 [00:01<00:00, 3.00it/s, loss=0.5, lr=1.2");
  EXPECT_EQ(bar.position, 3);
  EXPECT_EQ(bar.loss, 0.5);
  EXPECT_FALSE(bar.learning_rate);
}

TEST(ProgressBar, a_bar_may_have_no_percentage_and_no_rate) {
  const auto bar = parsed("job: 12/20 [00:00, lr: 1.0e-04 loss: 2.298e+00]");
  EXPECT_EQ(bar.position, 12);
  EXPECT_EQ(bar.total, 20);
  EXPECT_EQ(bar.loss, 2.298);
}

TEST(ProgressBar, other_lines_are_no_bars) {
  for (const auto* line :
       {"", "[", "epoch 3/10 [12:30:01] saved", "[2026-08-21 10:00:00,123] [INFO] step 3/10",
        "loss: 0.5", "10/24 [", "10/24 [00:", "x [00:00<00:00, 1.00it/s]",
        "-3/4 [00:01<00:00, 3.00it/s]", "3/4[00:01<00:00, 3.00it/s]",
        "1e400/4 [00:01<00:00, 3.00it/s]", "99999999999999999999/4 [00:01<00:00, 3.00it/s]",
        "%|%|%| [00:01<", "see section 3/4 [12:30, noon]"})
    EXPECT_FALSE(parse_progress_bar(line)) << line;
}

TEST(TrainingBar, the_bars_of_trainers_count) {
  EXPECT_TRUE(is_training("my_lora:   0%|  | 0/24 [00:00<?, ?it/s, lr: 1.0e-03 loss: 2.600e-01]"));
  EXPECT_TRUE(is_training("steps:  12%|█▎  | 3/24 [00:10<01:10, 3.36s/it, avr_loss=0.123]"));
  EXPECT_TRUE(
      is_training("Steps:   2%|▏ | 10/500 [00:08<06:54, 1.18it/s, lr=1e-5, step_loss=0.3]"));
  EXPECT_TRUE(is_training("  2%|▏   | 500/28013 [01:32<1:18:38,  5.83it/s]"));
  EXPECT_TRUE(is_training("Epoch 3:  40%|████ | 40/100 [00:10<00:15,  4.00it/s, v_num=0]"));
  EXPECT_TRUE(is_training("Rank 0 Epoch 1/2:   6%|█  | 1/18 [00:04<01:10,  4.17s/it]"));
  EXPECT_TRUE(is_training("Training progress:  20%|█▉  | 9900/50000 [30:16<2:02:36,  5.45it/s]"));
}

TEST(TrainingBar, bars_of_other_work_do_not) {
  for (const auto* name : {"Loading checkpoint shards",
                           "Loading pipeline components...",
                           "Caching latents to disk",
                           "Caching text embeddings to disk",
                           "Generating Samples",
                           "Generating Images",
                           "Quantizing blocks",
                           "Map",
                           "Map (num_proc=4)",
                           "Tokenizing train dataset",
                           "Running tokenizer on dataset",
                           "Validation DataLoader 0",
                           "Sanity Checking DataLoader 0",
                           "Evaluating",
                           "Testing",
                           "val",
                           "Fetching 26 files",
                           "Converting Dtype and Device",
                           "Merging lora_te1",
                           "preprocessing images",
                           "Epochs",
                           "Epoch",
                           "Extracting features",
                           "my_first_lora"})
    EXPECT_FALSE(is_training(std::string{name} + ":  50%|##| 5/10 [00:01<00:01,  5.00it/s]"))
        << name;
}

TEST(TrainingBar, a_validation_bar_with_a_loss_does_not) {
  EXPECT_FALSE(is_training("Validation:  50%|##| 5/10 [00:01<00:01,  5.00it/s, loss=0.3]"));
  EXPECT_FALSE(is_training("my_run:  50%|##| 5/10 [00:01<00:01,  5.00it/s, val_loss=0.3]"));
}

TEST(TrainingBar, a_learning_rate_outweighs_a_misleading_job_name) {
  EXPECT_TRUE(is_training(
      "sampling_test_cache:  50%|##| 5/10 [00:01<00:01,  5.00it/s, lr: 1e-4 loss: 3e-1]"));
}

TEST(TrainingBar, bytes_and_epochs_are_no_steps) {
  EXPECT_FALSE(is_training("  2%|▏   | 500M/2.80G [01:32<1:18:38,  5.83MB/s]"));
  EXPECT_FALSE(is_training("Training:  10%|#  | 1/10 [01:00<09:00, 60.00s/epoch, loss=0.5]"));
  EXPECT_FALSE(is_training(" 50%|##| 500/1000 [00:01<00:01, 500.00 examples/s]"));
}

}  // namespace
}  // namespace tidemark
