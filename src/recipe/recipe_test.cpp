#include "recipe/recipe.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tidemark {
namespace {

Recipe recipe_of(std::string_view process) {
  const auto config = JobConfig::parse(
      "job: extension\nconfig:\n  name: x\n  process:\n    - type: diffusion_trainer\n" +
          std::string{process},
      "test");
  EXPECT_TRUE(config) << (config ? "" : config.error().message);
  const auto recipe = read_recipe(*config);
  EXPECT_TRUE(recipe);
  return recipe.value_or(Recipe{});
}

TEST(ReadRecipe, an_empty_process_has_the_clients_defaults) {
  const auto recipe = recipe_of("      datasets:\n        - folder_path: /d\n");
  EXPECT_EQ(recipe.train.batch_size.value, 1);
  EXPECT_FALSE(recipe.train.batch_size.written);
  EXPECT_EQ(recipe.train.batch_size.path, "config.process[0].train.batch_size");
  EXPECT_TRUE(recipe.train.gradient_checkpointing.value);
  EXPECT_FALSE(recipe.train.use_ema.value);
  EXPECT_EQ(recipe.train.optimizer.value, "adamw");
  EXPECT_EQ(recipe.train.dtype.value, "fp32");
  ASSERT_EQ(recipe.datasets.size(), 1U);
  EXPECT_EQ(recipe.datasets[0].num_workers.value, 2);
  EXPECT_EQ(recipe.datasets[0].resolutions.at(0).value, 512);
  EXPECT_FALSE(recipe.network_rank) << "no network: all weights are trained";
}

TEST(ReadRecipe, quantize_te_follows_quantize_unless_it_is_written) {
  EXPECT_TRUE(recipe_of("      model: {quantize: true}\n").model.quantize_te.value);
  EXPECT_FALSE(
      recipe_of("      model: {quantize: true, quantize_te: false}\n").model.quantize_te.value);
}

TEST(ReadRecipe, a_list_of_resolutions_has_a_path_for_each) {
  const auto recipe = recipe_of(
      "      datasets:\n        - resolution: [512, 1024, 768]\n          batch_size: 3\n");
  ASSERT_EQ(recipe.datasets.at(0).resolutions.size(), 3U);
  EXPECT_EQ(recipe.datasets[0].resolutions[1].path, "config.process[0].datasets[0].resolution[1]");
  EXPECT_EQ(largest_resolution(recipe), 1024);
  EXPECT_EQ(largest_batch(recipe), 3) << "the dataset's own batch size counts";
  EXPECT_EQ(largest_batch_pixels(recipe), 3.0 * 1024 * 1024);
}

TEST(ReadRecipe, workers_are_those_of_the_first_dataset_of_each_loader) {
  const auto recipe = recipe_of(
      "      datasets:\n        - {is_reg: true, num_workers: 8}\n        - {num_workers: 4}\n"
      "        - {num_workers: 6}\n");
  EXPECT_EQ(worker_count(recipe), 12);
  EXPECT_EQ(loader_head(recipe, false)->num_workers.path,
            "config.process[0].datasets[1].num_workers");
}

TEST(ReadRecipe, another_tools_config_gives_none) {
  const auto config = JobConfig::parse("model: sdxl\ntrain_batch_size: 4\n", "test");
  EXPECT_FALSE(read_recipe(*config));
  const auto list = JobConfig::parse("config: {process: [1]}", "test");
  EXPECT_FALSE(read_recipe(*list));
}

TEST(ApplyChange, it_takes_known_paths_with_values_of_their_kind_alone) {
  auto recipe =
      recipe_of("      network: {linear: 16}\n      datasets:\n        - resolution: [512, 768]\n");
  EXPECT_TRUE(apply_change(recipe, {"config.process[0].train.batch_size", std::int64_t{4}}));
  EXPECT_EQ(recipe.train.batch_size.value, 4);
  EXPECT_FALSE(apply_change(recipe, {"config.process[0].train.batch_size", true}));
  EXPECT_FALSE(apply_change(recipe, {"config.process[0].train.colour", std::int64_t{4}}));
  for (const std::int64_t none : {-4, 0}) {
    EXPECT_FALSE(apply_change(recipe, {"config.process[0].train.batch_size", none}));
    EXPECT_FALSE(apply_change(recipe, {"config.process[0].datasets[0].resolution", none}));
  }
  EXPECT_TRUE(apply_change(recipe, {"config.process[0].datasets[0].num_workers", std::int64_t{0}}));
  EXPECT_TRUE(apply_change(recipe, {"config.process[0].network.linear", std::int64_t{8}}));
  EXPECT_EQ(recipe.network_rank, 8);
  EXPECT_TRUE(
      apply_change(recipe, {"config.process[0].datasets[0].resolution", std::int64_t{640}}));
  EXPECT_EQ(largest_resolution(recipe), 640);
  EXPECT_EQ(value_at(recipe, "config.process[0].train.batch_size"),
            std::optional<ConfigValue>{std::int64_t{4}});
  EXPECT_FALSE(value_at(recipe, "config.process[0].train.colour"));
}

TEST(AdjustableSettings, each_can_be_applied_and_says_what_is_used_now) {
  const auto recipe = recipe_of(
      "      network: {linear: 16}\n      train: {optimizer: adamw, batch_size: 3}\n      "
      "datasets:\n"
      "        - resolution: [512, 1024, 768]\n          num_workers: 2\n");
  const auto settings = adjustable_settings(recipe);
  ASSERT_GE(settings.size(), 4U);
  EXPECT_EQ(settings[0].path, "config.process[0].train.batch_size");
  EXPECT_EQ(settings[0].value, ConfigValue{std::int64_t{3}});
  EXPECT_EQ(settings[1].path, "config.process[0].datasets[0].resolution");
  EXPECT_EQ(settings[1].value, ConfigValue{std::int64_t{1024}}) << "the largest of the list";
  for (const auto& setting : settings) {
    auto changed = recipe;
    EXPECT_TRUE(apply_change(changed, {setting.path, setting.value})) << setting.path;
    for (const auto& choice : setting.choices)
      EXPECT_TRUE(apply_change(changed, {setting.path, choice})) << setting.path << "=" << choice;
  }
}

TEST(AdjustableSettings, what_is_used_now_is_among_the_choices) {
  const auto recipe = recipe_of("      train: {optimizer: my_own}\n");
  const auto settings = adjustable_settings(recipe);
  const auto optimizer =
      std::ranges::find(settings, "config.process[0].train.optimizer", &AdjustableSetting::path);
  ASSERT_NE(optimizer, settings.end());
  EXPECT_EQ(optimizer->choices.front(), "my_own");
}

TEST(Weights, bits_are_read_from_the_name_and_uint8_is_no_saving) {
  EXPECT_EQ(quantized_bytes_per_weight("uint4|repo/file.safetensors")->likely, 0.55);
  EXPECT_FALSE(quantized_bytes_per_weight("uint8"));
  EXPECT_FALSE(quantized_bytes_per_weight("uintx"));
  EXPECT_EQ(state_bytes_per_parameter("adamw")->likely, 8);
  EXPECT_FALSE(state_bytes_per_parameter("my_own"));
}

TEST(Families, a_tag_is_looked_up_before_its_architecture) {
  ASSERT_NE(family_of("wan21:1b"), nullptr);
  EXPECT_LT(family_of("wan21:1b")->transformer_billions, 2);
  ASSERT_NE(family_of("zimage:turbo"), nullptr);
  EXPECT_TRUE(family_of("zimage:turbo")->layer_offloading);
  EXPECT_FALSE(family_of("sdxl")->quantize);
  EXPECT_FALSE(family_of("flux")->layer_offloading);
  EXPECT_EQ(family_of("tiny"), nullptr);
}

TEST(Recipe, the_text_encoder_stays_unless_its_output_is_cached_for_all) {
  EXPECT_TRUE(text_encoder_stays(recipe_of(
      "      datasets:\n        - cache_text_embeddings: true\n        - folder_path: /b\n")));
  EXPECT_FALSE(
      text_encoder_stays(recipe_of("      datasets:\n        - cache_text_embeddings: true\n")));
  EXPECT_FALSE(text_encoder_stays(recipe_of("      train: {unload_text_encoder: true}\n")));
}

JobConfig config_of(std::string_view process) {
  auto config = JobConfig::parse(
      "config:\n  name: x\n  process:\n    - type: diffusion_trainer\n" + std::string{process},
      "test");
  return std::move(config.value());
}

TEST(ModelIdentity, is_the_same_whatever_the_settings_and_the_language) {
  const auto yaml = config_of(
      "      device: cuda:0\n      network: {type: lora, linear: 16}\n      train: {batch_size: "
      "4}\n"
      "      model: {name_or_path: m, arch: flux, quantize: true, extra: {depth: 6, wide: yes}}\n");
  const auto json = JobConfig::parse(
      R"({"config": {"name": "another", "process": [{"type": "diffusion_trainer", "device": "cuda",
          "model": {"extra": {"wide": true, "depth": 6}, "arch": "flux", "name_or_path": "m"},
          "network": {"linear": 64, "type": "lora"}, "train": {"batch_size": 1}}]}})",
      "test");
  EXPECT_EQ(model_identity(yaml), model_identity(*json));
  EXPECT_FALSE(model_identity(yaml).empty());
}

TEST(ModelIdentity, tells_models_adapters_and_devices_apart) {
  const std::string base = "      model: {name_or_path: m, extra: {depth: 6}}\n";
  const auto of = [](const std::string& process) { return model_identity(config_of(process)); };
  const auto one = of(base);
  EXPECT_NE(one, of("      model: {name_or_path: m, extra: {depth: 7}}\n"));
  EXPECT_NE(one, of("      model: {name_or_path: n, extra: {depth: 6}}\n"));
  EXPECT_NE(one, of(base + "      network: {type: lora}\n"));
  EXPECT_NE(one, of(base + "      device: cpu\n"));
  EXPECT_TRUE(model_identity(*JobConfig::parse("{learning_rate: 1}", "t")).empty());
}

// A stored config has its secrets masked, the file does not.
TEST(ModelIdentity, no_secret_is_in_it) {
  const auto with =
      config_of("      model: {name_or_path: m, hf_token: hf_abcdefghijklmnopqrstuvwxyz}\n");
  const auto masked = JobConfig::parse(with.redacted_json(), "stored");
  EXPECT_EQ(model_identity(with).find("hf_abc"), std::string::npos);
  EXPECT_EQ(model_identity(with), model_identity(*masked));
}

TEST(MemorySettings, are_what_memory_goes_with_and_no_default) {
  const std::string base = "      datasets: [{resolution: [512, 768]}]\n";
  EXPECT_EQ(
      memory_settings(recipe_of(base + "      train: {steps: 10, gradient_accumulation: 4}\n")),
      memory_settings(recipe_of(base + "      train: {batch_size: 1, optimizer: adamw}\n")));
  EXPECT_EQ(memory_settings(recipe_of(base + "      train: {batch_size: 2}\n")),
            "train.batch_size=2;datasets[0].resolution=512,768");
  EXPECT_NE(memory_settings(recipe_of("      network: {linear: 8}\n")),
            memory_settings(recipe_of("      network: {linear: 16}\n")));
}

// What a plan changes in values must be what the trainer reads from the config that apply writes.
TEST(MemorySettings, of_a_changed_recipe_are_those_of_the_changed_config) {
  const std::string base = "      datasets: [{num_workers: 2}]\n";
  auto changed = recipe_of(base);
  for (const auto& [path, value] : {std::pair<std::string, ConfigValue>{"model.quantize", true},
                                    {"train.batch_size", std::int64_t{2}},
                                    {"datasets[0].num_workers", std::int64_t{0}},
                                    {"train.ema_config.use_ema", true}})
    ASSERT_TRUE(apply_change(changed, {"config.process[0]." + path, value})) << path;
  EXPECT_EQ(memory_settings(changed),
            memory_settings(recipe_of("      datasets: [{num_workers: 0}]\n      model: {quantize: "
                                      "true}\n      train: {batch_size: 2, ema_config: {use_ema: "
                                      "true}}\n")));
}

TEST(OtherDifferences, are_the_settings_that_no_prediction_goes_by) {
  const auto before =
      config_of("      train: {lr: 0.1, batch_size: 4}\n      training_folder: a\n");
  const auto after =
      config_of("      train: {lr: 0.2, batch_size: 2, noise: 1}\n      training_folder: b\n");
  EXPECT_EQ(other_differences(before, after),
            (std::vector<std::string>{"train.lr", "train.noise"}));
}

}  // namespace
}  // namespace tidemark
