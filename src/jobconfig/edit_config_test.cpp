#include <gtest/gtest.h>

#include "jobconfig/jobconfig.h"

namespace tidemark {
namespace {

std::string edited(std::string_view text, const std::vector<ConfigEdit>& edits) {
  const auto result = edit_config(text, edits);
  return result ? *result : "error: " + result.error().message;
}

constexpr std::string_view kYaml = R"(# a LoRA job
job: extension
config:
  name: "tide: lora"
  process:
    - type: sd_trainer   # the trainer
      train:
        batch_size: 4  # four
        optimizer: "adamw"
        ema_config: {use_ema: true, ema_decay: 0.99}
      datasets:
        - folder_path: /data/a
          resolution: [512, 768, 1024]
        - num_workers: 2
)";

TEST(EditConfig, a_value_is_changed_and_its_comment_stays) {
  const auto text = edited(kYaml, {{"config.process[0].train.batch_size", std::int64_t{2}}});
  auto expected = std::string{kYaml};
  expected.replace(expected.find("batch_size: 4"), 13, "batch_size: 2");
  EXPECT_EQ(text, expected);
}

TEST(EditConfig, flow_mappings_quoted_words_and_list_items_are_found) {
  const auto text =
      edited(kYaml, {{"config.process[0].train.ema_config.use_ema", false},
                     {"config.process[0].train.optimizer", std::string{"adamw8bit"}},
                     {"config.process[0].datasets[0].resolution[2]", std::int64_t{896}}});
  EXPECT_NE(text.find("{use_ema: false, ema_decay: 0.99}"), std::string::npos) << text;
  EXPECT_NE(text.find("optimizer: adamw8bit\n"), std::string::npos) << text;
  EXPECT_NE(text.find("[512, 768, 896]"), std::string::npos) << text;
}

TEST(EditConfig, a_key_that_is_missing_comes_before_the_first_of_its_mapping) {
  const auto text = edited(kYaml, {{"config.process[0].datasets[0].num_workers", std::int64_t{0}},
                                   {"config.process[0].model.quantize", true}});
  EXPECT_NE(text.find("        - num_workers: 0\n          folder_path: /data/a\n"),
            std::string::npos)
      << text;
  EXPECT_NE(
      text.find("    - model:\n        quantize: true\n      type: sd_trainer   # the trainer\n"),
      std::string::npos)
      << text;
}

TEST(EditConfig, a_list_of_resolutions_may_become_one) {
  const auto text =
      edited(kYaml, {{"config.process[0].datasets[0].resolution", std::int64_t{768}}});
  EXPECT_NE(text.find("resolution: 768\n"), std::string::npos) << text;
}

TEST(EditConfig, json_stays_json_with_its_comments) {
  constexpr std::string_view kJson =
      "{\n  // mine\n  \"config\": {\"process\": [{\"train\": {\"batch_size\": 4, \"lr\": 1e-4},\n"
      "    \"caption\": \"a \\\"b\\\", {c} \\ud83d\\ude00\"}]}\n}\n";
  EXPECT_EQ(edited(kJson, {{"config.process[0].train.batch_size", std::int64_t{1}},
                           {"config.process[0].train.gradient_accumulation", std::int64_t{4}},
                           {"config.process[0].model.qtype", std::string{"uint4"}}}),
            "{\n  // mine\n  \"config\": {\"process\": [{\"model\": {\"qtype\": \"uint4\"}, "
            "\"train\": {\"gradient_accumulation\": 4, \"batch_size\": 1, \"lr\": 1e-4},\n"
            "    \"caption\": \"a \\\"b\\\", {c} \\ud83d\\ude00\"}]}\n}\n");
}

TEST(EditConfig, windows_line_ends_and_a_byte_order_mark_stay) {
  EXPECT_EQ(edited("\xEF\xBB\xBF"
                   "a: 1\r\nb: x # y\r\n",
                   {{"b", std::string{"z"}}}),
            "\xEF\xBB\xBF"
            "a: 1\r\nb: z # y\r\n");
}

TEST(EditConfig, an_alias_is_not_changed_through_its_other_name) {
  constexpr std::string_view kAliased = "base: &b\n  size: 4\ntrain: *b\n";
  const auto refused = edit_config(kAliased, {{"train.size", std::int64_t{2}}});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("train.size"), std::string::npos);
  // The place itself shows through the alias too: that is more than was asked for.
  EXPECT_FALSE(edit_config(kAliased, {{"base.size", std::int64_t{2}}}));
}

TEST(EditConfig, what_is_merged_in_is_overridden_in_place) {
  constexpr std::string_view kMerged = "base: &b {size: 4}\ntrain:\n  <<: *b\n  steps: 5\n";
  EXPECT_EQ(edited(kMerged, {{"train.size", std::int64_t{2}}}),
            "base: &b {size: 4}\ntrain:\n  size: 2\n  <<: *b\n  steps: 5\n");
}

TEST(EditConfig, words_that_yaml_would_read_otherwise_are_quoted) {
  EXPECT_EQ(edited("a: b\n", {{"a", std::string{"yes"}}}), "a: \"yes\"\n");
  EXPECT_EQ(edited("a: b\n", {{"a", std::string{"1: #"}}}), "a: \"1: #\"\n");
  EXPECT_EQ(edited("a: 'it''s'\n", {{"a", std::string{"uint4|repo/x"}}}), "a: uint4|repo/x\n");
}

TEST(EditConfig, broken_text_and_blocks_are_refused) {
  EXPECT_FALSE(edit_config("a: [1\n", {{"a", std::int64_t{1}}}));
  EXPECT_FALSE(edit_config("a: |\n  text\n", {{"a", std::int64_t{1}}}));
  EXPECT_FALSE(edit_config("a: 1\n", {{"a.b", std::int64_t{1}}}));
  EXPECT_FALSE(edit_config("", {{"a", std::int64_t{1}}}));
}

TEST(ValueOfWords, it_is_typed_as_in_a_config) {
  EXPECT_EQ(value_of_words("4"), ConfigValue{std::int64_t{4}});
  EXPECT_EQ(value_of_words("true"), ConfigValue{true});
  EXPECT_EQ(value_of_words("bf16"), ConfigValue{std::string{"bf16"}});
}

}  // namespace
}  // namespace tidemark
