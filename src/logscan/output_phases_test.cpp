#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "logscan/logscan.h"

namespace tidemark {
namespace {

std::string bar(const std::string& description, int position, int total,
                const std::string& values) {
  return "\r" + description + ":  1%|#   | " + std::to_string(position) + "/" +
         std::to_string(total) + " [00:01<00:02,  1.00s/it" + values + "]";
}

std::string training(int position) {
  return bar("my_lora", position, 40, ", lr: 1.0e-04 loss: 3.000e-01");
}

std::vector<std::string> told(OutputReader& reader) {
  std::vector<std::string> words;
  for (const auto& phase : reader.take_phases())
    words.push_back(std::string{phase.name} + (phase.begins ? " begins " : " ends ") +
                    std::to_string(static_cast<int>(phase.unix_seconds)));
  return words;
}

using Words = std::vector<std::string>;

// The order and the words of a job of ai-toolkit (a log's lines, shortened).
TEST(OutputPhases, a_job_from_caching_to_its_checkpoint) {
  OutputReader reader;
  reader.feed("Dataset: /data\nCaching latents for /data\n", 1);
  reader.feed(bar("Caching latents to disk", 3, 31, ""), 2);
  reader.feed("\nCaching text_embeddings for /data\n", 5);
  reader.feed("Generating baseline samples before training\n", 7);
  reader.feed(bar("Generating Images", 0, 2, ""), 8);
  reader.feed(bar("Generating Images", 2, 2, "") + "\n", 9);
  reader.feed(training(1), 12);
  reader.feed(training(20), 14);
  reader.feed("\nSaving at step 20\nSaved checkpoint to /out/my_lora_20.safetensors\n", 20);
  reader.feed("Saved optimizer to /out/optimizer.pt\n", 21);
  reader.feed(training(21), 22);
  EXPECT_EQ(told(reader), (Words{"latent_caching begins 1", "latent_caching ends 5",
                                 "text_embedding_caching begins 5", "text_embedding_caching ends 7",
                                 "sampling begins 7", "sampling ends 9", "train begins 12",
                                 "checkpoint_save begins 20", "checkpoint_save ends 20"}));
  EXPECT_TRUE(told(reader).empty()) << "each once";
}

TEST(OutputPhases, what_a_kill_cuts_off_stays_open) {
  OutputReader reader;
  reader.feed(training(12), 1);
  reader.feed(bar("Generating Samples", 0, 1, ""), 2);
  reader.finish();
  EXPECT_EQ(told(reader), (Words{"train begins 1", "sampling begins 2"}));
}

TEST(OutputPhases, other_bars_and_words_are_no_phases) {
  OutputReader reader;
  reader.feed(bar("Loading weights", 1, 4, "") + "\nI am saving at step 3\n", 1);
  reader.feed(bar("", 1, 4, ""), 2);
  EXPECT_TRUE(told(reader).empty());
}

TEST(OutputPhases, a_log_that_says_phases_without_end_is_bounded) {
  OutputReader reader;
  for (int i = 0; i < 50'000; ++i) reader.feed("Saving at step 1\nCaching latents\n", 1);
  EXPECT_EQ(reader.take_phases().size(), 32'768U);
}

}  // namespace
}  // namespace tidemark
