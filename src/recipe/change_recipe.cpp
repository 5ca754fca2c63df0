#include "recipe/recipe.h"

namespace tidemark {
namespace {

template <class Given, class Use>
void for_each_setting(Given& recipe, const Use& use) {
  auto& train = recipe.train;
  for (auto* one : {&train.batch_size, &train.gradient_accumulation,
                    &train.gradient_accumulation_steps, &train.steps, &recipe.save_every})
    use(*one);
  for (auto* one :
       {&train.gradient_checkpointing, &train.use_ema, &train.unload_text_encoder,
        &train.cache_text_embeddings, &train.train_text_encoder, &train.single_item_batching,
        &train.disable_sampling, &train.sdp, &train.xformers, &recipe.model.quantize,
        &recipe.model.quantize_te, &recipe.model.low_vram, &recipe.model.layer_offloading})
    use(*one);
  for (auto* one : {&train.optimizer, &train.dtype, &train.attention_backend, &recipe.model.arch,
                    &recipe.model.name_or_path, &recipe.model.qtype, &recipe.model.qtype_te,
                    &recipe.save_dtype})
    use(*one);
  auto& sample = recipe.sample;
  for (auto* one : {&sample.width, &sample.height, &sample.num_frames, &sample.sample_every,
                    &sample.sample_steps})
    use(*one);
  for (auto& dataset : recipe.datasets) {
    for (auto* one :
         {&dataset.num_workers, &dataset.prefetch_factor, &dataset.batch_size, &dataset.num_frames})
      use(*one);
    for (auto& one : dataset.resolutions) use(one);
    for (auto* one :
         {&dataset.cache_latents, &dataset.cache_latents_to_disk, &dataset.cache_text_embeddings})
      use(*one);
  }
}

// `resolution: [512, 768]` may be replaced by one number.
bool replace_resolutions(Recipe& recipe, const SettingChange& change) {
  const auto* size = std::get_if<std::int64_t>(&change.value);
  if (size == nullptr || *size <= 0) return false;
  for (auto& dataset : recipe.datasets) {
    if (dataset.resolutions.empty() || !dataset.resolutions[0].path.ends_with(']')) continue;
    const auto& first = dataset.resolutions[0].path;
    if (first.substr(0, first.rfind('[')) != change.path) continue;
    dataset.resolutions = {{*size, change.path, true}};
    return true;
  }
  return false;
}

// "config.process[0].datasets[1].resolution[0]" -> "resolution"
std::string_view name_in(std::string_view path) {
  path = path.substr(0, path.find_last_not_of("[]0123456789") + 1);
  return path.substr(path.rfind('.') + 1);
}

/// No trainer takes less. Accumulation may be below zero: ai-toolkit takes that for a whole epoch.
bool is_possible(const SettingChange& change) {
  const auto* count = std::get_if<std::int64_t>(&change.value);
  if (count == nullptr) return true;
  const auto name = name_in(change.path);
  for (const std::string_view positive :
       {"batch_size", "resolution", "width", "height", "num_frames", "steps", "sample_steps"})
    if (name == positive) return *count > 0;
  return *count >= 0 || name.starts_with("gradient_accumulation");
}

bool change_rank(Recipe& recipe, const SettingChange& change) {
  const auto* rank = std::get_if<std::int64_t>(&change.value);
  if (rank == nullptr || *rank <= 0 || change.path != recipe.network_rank_path ||
      !recipe.network_rank)
    return false;
  recipe.network_rank = *rank;
  return true;
}

}  // namespace

bool apply_change(Recipe& recipe, const SettingChange& change) {
  if (!is_possible(change)) return false;
  bool done = false;
  for_each_setting(recipe, [&](auto& setting) {
    using Value = std::remove_cvref_t<decltype(setting.value)>;
    if (setting.path != change.path) return;
    const auto* value = std::get_if<Value>(&change.value);
    if (value == nullptr) return;
    setting.value = *value;
    setting.written = done = true;
  });
  if (!done) done = change_rank(recipe, change) || replace_resolutions(recipe, change);
  auto& model = recipe.model;
  if (!model.quantize_te.written) model.quantize_te.value = model.quantize.value;  // its default
  return done;
}

std::optional<ConfigValue> value_at(const Recipe& recipe, std::string_view path) {
  std::optional<ConfigValue> found;
  for_each_setting(recipe, [&](const auto& setting) {
    if (setting.path == path) found = setting.value;
  });
  if (!found && path == recipe.network_rank_path && recipe.network_rank)
    found = *recipe.network_rank;
  return found;
}

}  // namespace tidemark
