// What follows from the settings together.
#include <algorithm>

#include "recipe/recipe.h"

namespace tidemark {

const DatasetRecipe* loader_head(const Recipe& recipe, bool regularisation) {
  const auto head =
      std::ranges::find(recipe.datasets, regularisation, &DatasetRecipe::regularisation);
  return head == recipe.datasets.end() ? nullptr : &*head;
}

std::int64_t worker_count(const Recipe& recipe) {
  std::int64_t count = 0;
  for (const bool regularisation : {false, true})
    if (const auto* head = loader_head(recipe, regularisation))
      count += std::clamp<std::int64_t>(head->num_workers.value, 0, 4096);
  return count;
}

std::int64_t batch_size_of(const Recipe& recipe, const DatasetRecipe& dataset) {
  const auto own = dataset.batch_size.value;
  return std::max<std::int64_t>(own > 0 ? own : recipe.train.batch_size.value, 1);
}

std::int64_t largest_batch(const Recipe& recipe) {
  std::int64_t largest = recipe.datasets.empty() ? recipe.train.batch_size.value : 1;
  for (const auto& dataset : recipe.datasets)
    largest = std::max(largest, batch_size_of(recipe, dataset));
  return std::max<std::int64_t>(largest, 1);
}

std::int64_t largest_resolution(const Recipe& recipe) {
  std::int64_t largest = 0;
  for (const auto& dataset : recipe.datasets)
    for (const auto& size : dataset.resolutions) largest = std::max(largest, size.value);
  return largest;
}

double largest_batch_pixels(const Recipe& recipe) {
  double most = 0;
  for (const auto& dataset : recipe.datasets) {
    const auto items = recipe.train.single_item_batching.value
                           ? 1.0
                           : static_cast<double>(batch_size_of(recipe, dataset));
    const auto frames = static_cast<double>(std::max<std::int64_t>(dataset.num_frames.value, 1));
    for (const auto& size : dataset.resolutions) {
      const auto side = static_cast<double>(size.value);
      most = std::max(most, items * side * side * frames);
    }
  }
  return most;
}

double sample_pixels(const Recipe& recipe) {
  const auto& sample = recipe.sample;
  return static_cast<double>(sample.width.value) * static_cast<double>(sample.height.value) *
         static_cast<double>(std::max<std::int64_t>(sample.num_frames.value, 1));
}

bool all_text_embeddings_cached(const Recipe& recipe) {
  if (recipe.train.cache_text_embeddings.value) return true;
  return !recipe.datasets.empty() &&
         std::ranges::all_of(recipe.datasets, [](const DatasetRecipe& dataset) {
           return dataset.cache_text_embeddings.value;
         });
}

bool text_encoder_stays(const Recipe& recipe) {
  return recipe.train.train_text_encoder.value ||
         (!all_text_embeddings_cached(recipe) && !recipe.train.unload_text_encoder.value);
}

bool keeps_attention_matrix(const Recipe& recipe) {
  return recipe.train.attention_backend.value == "_native_math";
}

bool trains_on_cpu(const Recipe& recipe) {
  return recipe.device.starts_with("cpu");
}

}  // namespace tidemark
