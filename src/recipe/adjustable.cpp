// Which settings a reader can turn to see what they do to memory.
#include <algorithm>
#include <array>

#include "recipe/recipe.h"

namespace tidemark {
namespace {

// What the client's own form offers and whose size is known, from large to small.
constexpr std::array kOptimizers{"prodigy",   "adamw",    "prodigy8bit", "adamw8bit",
                                 "automagic", "lion8bit", "adafactor"};
constexpr std::array kDtypes{"fp32", "fp16", "bf16"};
constexpr std::array kQuantized{"qfloat8", "uint6", "uint4", "uint3"};

class Collector {
 public:
  template <class Value>
  void add(const Setting<Value>& setting) {
    if (!setting.path.empty()) settings_.push_back({setting.path, setting.value, {}});
  }

  template <std::size_t kCount>
  void add(const Word& setting, const std::array<const char*, kCount>& choices) {
    if (setting.path.empty()) return;
    AdjustableSetting adjustable{setting.path, setting.value, {}};
    if (std::ranges::find(choices, setting.value) == choices.end())
      adjustable.choices.emplace_back(setting.value);
    adjustable.choices.insert(adjustable.choices.end(), choices.begin(), choices.end());
    settings_.push_back(std::move(adjustable));
  }

  void add(std::string path, ConfigValue value) {
    settings_.push_back({std::move(path), std::move(value), {}});
  }

  std::vector<AdjustableSetting> finish() && { return std::move(settings_); }

 private:
  std::vector<AdjustableSetting> settings_{};
};

/// A list of sizes is turned as one: its largest decides.
void add_resolution(Collector& settings, const DatasetRecipe& dataset) {
  const auto& sizes = dataset.resolutions;
  if (sizes.empty()) return;
  auto path = sizes[0].path;
  if (path.ends_with(']')) path.resize(path.rfind('['));
  settings.add(std::move(path), std::ranges::max_element(sizes, {}, &Count::value)->value);
}

void add_loader(Collector& settings, const Recipe& recipe) {
  for (const bool regularisation : {false, true}) {
    const auto* head = loader_head(recipe, regularisation);
    if (head == nullptr) continue;
    settings.add(head->num_workers);
    settings.add(head->prefetch_factor);
  }
}

}  // namespace

std::vector<AdjustableSetting> adjustable_settings(const Recipe& recipe) {
  const auto& train = recipe.train;
  const auto& model = recipe.model;
  const auto& sample = recipe.sample;
  Collector settings;
  settings.add(train.batch_size);
  for (const auto& dataset : recipe.datasets) add_resolution(settings, dataset);
  for (const auto& dataset : recipe.datasets)
    if (dataset.num_frames.value > 1) settings.add(dataset.num_frames);
  add_loader(settings, recipe);
  if (recipe.network_rank) settings.add(recipe.network_rank_path, *recipe.network_rank);
  for (const auto* flag :
       {&train.gradient_checkpointing, &train.use_ema, &model.quantize, &model.quantize_te,
        &train.cache_text_embeddings, &train.unload_text_encoder, &model.layer_offloading,
        &train.single_item_batching, &train.disable_sampling})
    settings.add(*flag);
  for (const auto& dataset : recipe.datasets) {
    settings.add(dataset.cache_latents);
    settings.add(dataset.cache_latents_to_disk);
  }
  settings.add(train.optimizer, kOptimizers);
  settings.add(train.dtype, kDtypes);
  settings.add(model.qtype, kQuantized);
  settings.add(recipe.save_dtype, kDtypes);
  settings.add(sample.width);
  settings.add(sample.height);
  return std::move(settings).finish();
}

}  // namespace tidemark
