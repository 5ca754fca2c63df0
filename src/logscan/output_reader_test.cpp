#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "logscan/logscan.h"

namespace tidemark {
namespace {

std::string bar(const std::string& description, int position, int total,
                const std::string& behind_elapsed) {
  return "\r" + description + (description.empty() ? "" : ": ") + " 1%|#   | " +
         std::to_string(position) + "/" + std::to_string(total) + " [" + behind_elapsed + "]";
}

std::vector<std::int64_t> numbers(const std::vector<StepRecord>& steps) {
  std::vector<std::int64_t> found;
  for (const auto& step : steps) found.push_back(step.step);
  return found;
}

using Numbers = std::vector<std::int64_t>;

Numbers all_steps(OutputReader& reader) {
  reader.finish();
  return numbers(reader.take_steps());
}

TEST(OutputReader, ai_toolkits_steps_carry_their_own_values) {
  OutputReader reader;
  reader.feed("Running 1 job\n" + bar("job", 0, 3, "00:00<?, ?it/s"), 100);
  reader.feed(bar("job", 0, 3, "00:00<?, ?it/s, lr: 1.0e-04 loss: 3.000e-01"), 101);
  reader.feed(bar("job", 1, 3, "00:01<00:02,  1.00s/it, lr: 1.0e-04 loss: 3.000e-01"), 101.5);
  reader.feed(bar("job", 1, 3, "00:02<00:02,  1.00s/it, lr: 1.0e-04 loss: 2.000e-01"), 102);
  reader.feed(bar("job", 2, 3, "00:02<00:01,  1.00s/it, lr: 1.0e-04 loss: 2.000e-01"), 102.5);
  reader.feed(bar("job", 2, 3, "00:03<00:01,  1.00s/it, lr: 1.0e-04 loss: 1.000e-01"), 103);
  reader.feed(bar("job", 3, 3, "00:03<00:00,  1.00s/it, lr: 1.0e-04 loss: 1.000e-01"), 103.5);
  reader.feed("\nSaved checkpoint\n", 104);
  reader.finish();
  const auto steps = reader.take_steps();
  ASSERT_EQ(numbers(steps), (Numbers{0, 1, 2}));
  EXPECT_EQ(steps[0].loss, 0.3);
  EXPECT_EQ(steps[1].loss, 0.2);
  EXPECT_EQ(steps[2].loss, 0.1);
  EXPECT_EQ(steps[1].learning_rate, 1e-4);
  EXPECT_EQ(steps[1].unix_seconds, 102);
  EXPECT_EQ(steps[1].step_time_seconds, 1);
  EXPECT_EQ(steps[1].total_steps, 3);
  EXPECT_EQ(steps[1].source, StepSource::bar);
  EXPECT_EQ(reader.total_steps(), 3);
  EXPECT_EQ(reader.last_step(), 3);
}

TEST(OutputReader, a_step_comes_as_soon_as_the_next_one_is_drawn) {
  OutputReader reader;
  reader.feed(bar("job", 7, 9, "00:01<00:02, 1.00it/s, lr: 1e-4 loss: 3e-1"), 1);
  EXPECT_TRUE(reader.take_steps().empty());
  reader.feed(bar("job", 8, 9, "00:02<00:01, 1.00it/s, lr: 1e-4 loss: 3e-1"), 2);
  EXPECT_EQ(numbers(reader.take_steps()), (Numbers{7}));
  EXPECT_TRUE(reader.take_steps().empty());
  reader.finish();
  EXPECT_EQ(numbers(reader.take_steps()), (Numbers{8}));
}

TEST(OutputReader, kohyas_last_step_counts) {
  OutputReader reader;
  reader.feed(bar("steps", 0, 2, "00:00<?, ?it/s") +
                  bar("steps", 1, 2, "00:01<00:01, 1.0s/it, avr_loss=0.5") +
                  bar("steps", 2, 2, "00:02<00:00, 1.0s/it, avr_loss=0.5"),
              1);
  EXPECT_EQ(all_steps(reader), (Numbers{1, 2}));
}

TEST(OutputReader, a_redrawn_position_is_one_step_with_its_last_values) {
  OutputReader reader;
  for (const auto* loss : {"0.9", "0.8", "0.7"})
    reader.feed(bar("Steps", 5, 9, std::string{"00:01<00:01, 1.0s/it, loss="} + loss), 1);
  reader.finish();
  const auto steps = reader.take_steps();
  ASSERT_EQ(numbers(steps), (Numbers{5}));
  EXPECT_EQ(steps[0].loss, 0.7);
}

TEST(OutputReader, redrawing_the_same_values_does_not_move_a_step_in_time) {
  OutputReader reader;
  reader.feed(bar("Steps", 5, 9, "00:01<00:01, 1.0s/it, loss=0.5"), 10);
  reader.feed(bar("Steps", 5, 9, "00:51<00:01, 1.0s/it, loss=0.5"), 60);
  reader.finish();
  EXPECT_EQ(reader.take_steps().at(0).unix_seconds, 10);
}

TEST(OutputReader, losses_that_are_no_numbers_are_kept) {
  OutputReader reader;
  reader.feed(bar("Steps", 1, 9, "00:01<00:01, 1.0s/it, loss=nan") +
                  bar("Steps", 2, 9, "00:01<00:01, 1.0s/it, loss=inf"),
              1);
  reader.finish();
  const auto steps = reader.take_steps();
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_TRUE(std::isnan(*steps[0].loss));
  EXPECT_EQ(steps[1].loss, HUGE_VAL);
}

TEST(OutputReader, without_a_rate_the_arrivals_give_the_step_time) {
  OutputReader reader;
  reader.feed(bar("job", 10, 99, "00:00, lr: 1e-4 loss: 1"), 100);
  reader.feed(bar("job", 14, 99, "00:00, lr: 1e-4 loss: 2"), 102);
  reader.finish();
  const auto steps = reader.take_steps();
  ASSERT_EQ(numbers(steps), (Numbers{10, 14}));
  EXPECT_FALSE(steps[0].step_time_seconds);
  EXPECT_EQ(steps[1].step_time_seconds, 0.5);
}

TEST(OutputReader, bars_of_other_work_give_no_steps) {
  OutputReader reader;
  for (int i = 0; i <= 10; ++i)
    reader.feed(bar("Caching latents to disk", i, 10, "00:01<00:01, 5.00it/s"), i);
  EXPECT_EQ(all_steps(reader), Numbers{});
  EXPECT_FALSE(reader.total_steps());
  EXPECT_FALSE(reader.last_step());
}

TEST(OutputReader, a_nameless_bar_is_forgotten_when_the_training_bar_appears) {
  OutputReader reader;
  for (int i = 0; i <= 57; ++i)
    reader.feed(bar("", i, 57, "00:01<00:01, 5.00it/s"), i);  // quantizing
  EXPECT_TRUE(reader.take_steps().empty());
  for (int i = 0; i <= 3; ++i)
    reader.feed(bar("job", i, 99, "00:01<00:01, 5.00it/s, lr: 1e-4 loss: " + std::to_string(i)),
                100 + i);
  for (int i = 0; i <= 20; ++i)
    reader.feed(bar("", i, 20, "00:00<00:01, 5.00it/s"), 200);  // drawing a preview
  reader.feed(bar("job", 4, 99, "00:02<00:01, 5.00it/s, lr: 1e-4 loss: 9"), 300);
  EXPECT_EQ(all_steps(reader), (Numbers{0, 1, 2, 3, 4}));
  EXPECT_EQ(reader.total_steps(), 99);
}

TEST(OutputReader, a_nameless_bar_alone_is_the_training_bar_at_the_end) {
  OutputReader reader;
  for (int i = 0; i <= 3; ++i) reader.feed(bar("", i, 500, "00:01<00:01, 5.00it/s"), i);
  EXPECT_TRUE(reader.take_steps().empty());
  EXPECT_EQ(all_steps(reader), (Numbers{1, 2, 3}));
}

TEST(OutputReader, a_long_nameless_bar_is_let_through_while_it_runs) {
  OutputReader reader;
  for (int i = 0; i <= 300; ++i) reader.feed(bar("", i, 500, "00:01<00:01, 5.00it/s"), i * 0.1);
  EXPECT_GE(reader.take_steps().size(), 256u);
  OutputReader slow;
  for (int i = 0; i <= 5; ++i) slow.feed(bar("", i, 500, "01:40<00:01, 100s/it"), i * 100.0);
  EXPECT_GE(slow.take_steps().size(), 3u);
}

TEST(OutputReader, a_logged_dictionary_confirms_the_nameless_bar_and_gives_its_values) {
  OutputReader reader;
  for (int i = 0; i <= 3; ++i) reader.feed(bar("", i, 500, "00:01<00:01, 5.00it/s"), i);
  reader.feed("\n{'loss': 0.6823, 'grad_norm': 1.5, 'learning_rate': 9.8e-06, 'epoch': 0.02}\n", 4);
  reader.feed(bar("", 4, 500, "00:01<00:01, 5.00it/s"), 5);
  const auto steps = reader.take_steps();
  ASSERT_EQ(numbers(steps), (Numbers{1, 2, 3}));
  EXPECT_EQ(steps[2].loss, 0.6823);
  EXPECT_EQ(steps[2].learning_rate, 9.8e-06);
  EXPECT_EQ(steps[2].gradient_norm, 1.5);
  EXPECT_FALSE(steps[1].loss);
}

TEST(OutputReader, an_evaluation_in_between_is_not_followed) {
  OutputReader reader;
  reader.feed(bar("", 499, 28013, "01:32<1:18:38, 5.83it/s") +
                  bar("", 500, 28013, "01:32<1:18:38, 5.83it/s"),
              1);
  for (int i = 0; i <= 600; ++i) reader.feed(bar("", i, 626, "00:00<04:23, 23.59it/s"), 2);
  reader.feed(bar("", 501, 28013, "01:33<1:18:38, 5.83it/s"), 3);
  EXPECT_EQ(all_steps(reader), (Numbers{500, 501}));
}

TEST(OutputReader, a_bar_that_starts_anew_each_epoch_counts_on) {
  OutputReader reader;
  for (int epoch = 0; epoch < 3; ++epoch)
    for (int i = 0; i <= 2; ++i)
      reader.feed(
          bar("Epoch " + std::to_string(epoch), i, 2,
              "00:0" + std::to_string(i) + "<00:01, 5.00it/s" + (i > 0 ? ", loss=0.5" : "")),
          epoch * 10 + i);
  EXPECT_EQ(all_steps(reader), (Numbers{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(reader.total_steps(), 6);
}

TEST(OutputReader, a_restart_from_a_checkpoint_repeats_no_step) {
  OutputReader reader;
  for (int i = 1; i <= 5; ++i)
    reader.feed(bar("steps", i, 99, "00:50<00:01, 1.0s/it, loss=" + std::to_string(i)), i);
  for (int i = 3; i <= 7; ++i)
    reader.feed(bar("steps", i, 99, "00:01<00:01, 1.0s/it, loss=" + std::to_string(i)), 10 + i);
  EXPECT_EQ(all_steps(reader), (Numbers{1, 2, 3, 4, 5, 6, 7}));
}

TEST(OutputReader, two_ranks_that_draw_the_same_bar_give_each_step_once) {
  OutputReader reader;
  for (int i = 1; i <= 30; ++i)
    for (const int lag : {0, 1})
      reader.feed(
          bar("steps", i - lag, 99, "00:" + std::to_string(10 + i) + "<00:01, 1.0s/it, loss=0.5"),
          i);
  Numbers expected;
  for (int i = 1; i <= 30; ++i) expected.push_back(i);
  auto found = all_steps(reader);
  if (!found.empty() && found.front() == 0)
    found.erase(found.begin());  // the lagging rank's opening
  EXPECT_EQ(found, expected);
}

TEST(OutputReader, of_nested_bars_the_longer_inner_one_is_followed) {
  OutputReader reader;
  reader.feed(bar("Training", 0, 3, "00:00<?, ?it/s"), 1);
  for (int epoch = 1; epoch <= 2; ++epoch) {
    for (int i = 0; i <= 4; ++i)
      reader.feed(bar("Steps", i, 4, "00:0" + std::to_string(i) + "<00:01, 5.00it/s"), i);
    reader.feed(bar("Training", epoch, 3, "00:20<00:40, 20.0s/it"), 9);
  }
  EXPECT_EQ(all_steps(reader), (Numbers{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(reader.total_steps(), 8);
}

TEST(OutputReader, a_second_stage_of_training_counts_on) {
  OutputReader reader;
  for (int i = 0; i <= 3; ++i)
    reader.feed(bar("Training low", i, 3, "00:1" + std::to_string(i) + "<00:01, 5.00it/s"), i);
  for (int i = 0; i <= 2; ++i)
    reader.feed(bar("Training high", i, 2, "00:0" + std::to_string(i) + "<00:01, 5.00it/s"), i);
  EXPECT_EQ(all_steps(reader), (Numbers{1, 2, 3, 4, 5}));
}

TEST(OutputReader, colours_and_glued_text_do_not_hide_a_step) {
  OutputReader reader;
  reader.feed(
      "\x1B[36msteps:  1%|\x1B[32m#\x1B[0m| 4/9 [00:01<00:01, 1.0s/it, loss=0.5]\x1B[A\n"
      "steps:  1%|#| 5/9 [00:01<00:01, 1.0s/it, loss=0.4]Saving.steps:  1%|#| 6/9 [00:01<00:01, "
      "1.0s/it, loss=0.3]\n",
      1);
  EXPECT_EQ(all_steps(reader), (Numbers{4, 5, 6}));
}

TEST(OutputReader, how_the_bytes_are_cut_does_not_matter) {
  std::string text;
  for (int i = 0; i < 50; ++i)
    text +=
        bar("steps", i, 99, "00:01<00:01, 1.0s/it, loss=0.5") + (i % 7 == 0 ? "\nSaving\n" : "");
  Numbers whole;
  for (int i = 0; i < 50; ++i) whole.push_back(i);
  whole.pop_back();  // the last drawing repeats the values of the step before
  for (const std::size_t piece : {1u, 3u, 17u, 1000u, 100'000u}) {
    OutputReader reader;
    for (std::size_t at = 0; at < text.size(); at += piece)
      reader.feed(std::string_view{text}.substr(at, piece), 1);
    EXPECT_EQ(all_steps(reader), whole) << piece;
  }
}

TEST(OutputReader, ten_million_carriage_returns_say_nothing) {
  OutputReader reader;
  reader.feed(std::string(10'000'000, '\r'), 1);
  EXPECT_EQ(all_steps(reader), Numbers{});
}

TEST(OutputReader, a_line_of_100_mb_does_not_hide_what_follows) {
  OutputReader reader;
  const std::string megabyte(1'000'000, '[');
  for (int i = 0; i < 100; ++i) reader.feed(megabyte, 1);
  reader.feed("\n" + bar("steps", 7, 99, "00:01<00:01, 1.0s/it, loss=0.5"), 2);
  EXPECT_EQ(all_steps(reader), (Numbers{7}));
}

TEST(OutputReader, noise_is_survived) {
  std::mt19937 random{7};
  std::string noise(1'000'000, '\0');
  for (char& c : noise) c = static_cast<char>(random() & 0xFF);
  OutputReader reader;
  reader.feed(noise, 1);
  reader.finish();
  for (const auto& step : reader.take_steps()) EXPECT_GE(step.step, 0);
}

TEST(OutputReader, steps_that_nobody_takes_are_bounded_and_counted) {
  OutputReader reader;
  for (int i = 0; i < 70'000; ++i)
    reader.feed(bar("steps", i, 99'999, "00:01<00:01, 1.0s/it, loss=" + std::to_string(i)), i);
  EXPECT_EQ(reader.dropped_steps(), 4'463u);
  const auto steps = reader.take_steps();
  EXPECT_EQ(steps.size(), 65'536u);
  EXPECT_EQ(steps.back().step, 69'998);
}

}  // namespace
}  // namespace tidemark
