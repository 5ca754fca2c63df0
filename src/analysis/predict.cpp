// What each part of the memory becomes under other settings.
#include <algorithm>
#include <cmath>

#include "analysis/analysis.h"
#include "analysis/predict.h"

namespace tidemark {
namespace {

/// The same share of three bounds, where the bounds of a reduction are its own.
Range negative(Range freed) {
  return {-freed.high, -freed.likely, -freed.low};
}

Range fewer_workers(const MemoryModel& model, double before, double now) {
  const auto of_one =
      model.worker_bytes.likely / std::max<double>(1, static_cast<double>(model.workers));
  const double share = 1 - now / before;
  // Whoever takes over their work may come to hold what one of them held.
  return negative({std::max(share * model.worker_bytes.low - of_one, 0.0),
                   share * model.worker_bytes.likely, share * model.worker_bytes.high});
}

double ready_batches(const Recipe& recipe) {
  const auto* head = loader_head(recipe, false);
  const double prefetch =
      head == nullptr ? 2
                      : static_cast<double>(std::max<std::int64_t>(head->prefetch_factor.value, 1));
  return prefetch * static_cast<double>(largest_batch(recipe));
}

Range workers(const MemoryModel& model, const Recipe& now) {
  if (model.workers <= 0) return {};
  const auto before = static_cast<double>(std::max<std::int64_t>(worker_count(model.recipe), 1));
  const auto count = static_cast<double>(worker_count(now));
  Range change;
  if (count < before) change = fewer_workers(model, before, count);
  if (count > before)
    change = model.worker_bytes * (count / before - 1) * model.effects.added_worker;
  const double batches = ready_batches(now) / ready_batches(model.recipe) - 1;
  return change + model.worker_bytes * (count / before) * model.effects.prefetch_share * batches;
}

Range pixels_factor(double before, double now, Range power) {
  if (before <= 0 || now == before) return Range::exactly(1);
  const double ratio = now / before;
  const auto [low, high] = std::minmax({std::pow(ratio, power.low), std::pow(ratio, power.high)});
  return {low, std::pow(ratio, power.likely), high};
}

double largest_items(const Recipe& recipe) {
  return recipe.train.single_item_batching.value ? 1 : static_cast<double>(largest_batch(recipe));
}

Range activations(const MemoryModel& model, const Recipe& now) {
  if (!model.parts.activations) return {};
  const auto& was = model.recipe;
  Range factor = Range::exactly(1);
  const double items = largest_items(now) / largest_items(was);
  factor = factor * items;
  factor = factor * pixels_factor(largest_batch_pixels(was) / largest_items(was),
                                  largest_batch_pixels(now) / largest_items(now),
                                  model.effects.pixel_power);
  const auto& without = model.effects.without_checkpointing;
  const bool had = was.train.gradient_checkpointing.value;
  const bool has = now.train.gradient_checkpointing.value;
  if (had && !has) factor = factor * without;
  if (!had && has) factor = factor * Range{1 / without.high, 1 / without.likely, 1 / without.low};
  const auto wide = bytes_per_weight(was.train.dtype.value);
  const auto narrow = bytes_per_weight(now.train.dtype.value);
  if (wide && narrow && *narrow < *wide) factor = factor * model.effects.half_activations;
  if (wide && narrow && *narrow > *wide) factor = factor * Range{1.1, 1.7, 2};
  if (factor == Range::exactly(1)) return {};
  return model.parts.activations->bytes * (factor - Range::exactly(1));
}

Range weights(const MemoryModel& model, const Recipe& now) {
  const auto before = base_bytes_per_weight(model.recipe), after = base_bytes_per_weight(now);
  Range change;
  if (model.parts.frozen && before && after && !(*before == *after)) {
    change = *model.parts.frozen * (*after - *before);
    // Embeddings, norms and heads keep their width: a tenth of the saving may not come.
    if (change.likely < 0) change = change * Range{0.85, 0.95, 1};
    // On a CPU a library may keep widened copies of narrow weights beside them: that nothing is
    // freed is possible (seen: a LoRA in bf16 whose first step took as much as in fp32).
    if (change.likely < 0 && trains_on_cpu(now)) change.high = 0;
  }
  const auto& held = model.parts.base_weights;
  const bool offloads =
      now.model.layer_offloading.value && !model.recipe.model.layer_offloading.value;
  if (offloads && held && model.on_device)
    change = change - at_least(held->bytes + change, 0) * model.effects.offloaded_share;
  return change;
}

Range text_encoder(const MemoryModel& model, const Recipe& now) {
  if (!model.parts.text_encoder || !text_encoder_stays(model.recipe)) return {};
  const auto& held = model.parts.text_encoder->bytes;
  if (!text_encoder_stays(now)) return negative(held);
  if (now.model.quantize_te.value && !model.recipe.model.quantize_te.value) {
    const auto wide = bytes_per_weight(model.recipe.train.dtype.value);
    const auto narrow = quantized_bytes_per_weight(now.model.qtype_te.value);
    if (wide && narrow) return negative(held * (1 - narrow->likely / *wide));
  }
  return {};
}

double rank_factor(const MemoryModel& model, const Recipe& now) {
  if (!model.recipe.network_rank || !now.network_rank) return 1;
  return static_cast<double>(*now.network_rank) /
         static_cast<double>(std::max<std::int64_t>(*model.recipe.network_rank, 1));
}

Range optimizer(const MemoryModel& model, const Recipe& now) {
  const auto before = state_bytes_per_parameter(model.recipe.train.optimizer.value);
  const auto after = state_bytes_per_parameter(now.train.optimizer.value);
  const double rank = rank_factor(model, now);
  if (!model.parts.trainable || !before || !after) return {};
  if (*before == *after && rank == 1) return {};
  return (*after * rank - *before) * *model.parts.trainable;
}

Range ema(const MemoryModel& model, const Recipe& now) {
  if (!model.parts.trainable) return {};
  const double before = model.recipe.train.use_ema.value ? 1 : 0;
  const double after = now.train.use_ema.value ? rank_factor(model, now) : 0;
  return Range::exactly(4 * *model.parts.trainable * (after - before));
}

Range adapter(const MemoryModel& model, const Recipe& now) {
  if (!model.parts.trainable) return {};
  return Range::exactly(8 * *model.parts.trainable * (rank_factor(model, now) - 1));
}

bool keeps_latents_in_memory(const Recipe& recipe) {
  return std::ranges::any_of(recipe.datasets, [](const DatasetRecipe& one) {
    return one.cache_latents.value && !one.cache_latents_to_disk.value;
  });
}

Range latents(const MemoryModel& model, const Recipe& now) {
  const bool leave = keeps_latents_in_memory(model.recipe) && !keeps_latents_in_memory(now);
  if (!leave || !model.parts.latent_cache) return {};
  const auto& held = model.parts.latent_cache->bytes;
  return negative({0.8 * held.low, held.likely, held.high});
}

// Of sampling's own activations; nothing learns it.
constexpr Range kSamplingPower{1, 1, 2};

Range sampling(const MemoryModel& model, const Recipe& now) {
  if (!model.parts.sampling) return {};
  const auto factor =
      pixels_factor(sample_pixels(model.recipe), sample_pixels(now), kSamplingPower);
  if (factor == Range::exactly(1)) return {};
  // Loading parts back (a VAE, a text encoder) does not go with the size.
  const Range goes_with_size{0.4, 0.8, 1};
  return model.parts.sampling->bytes * goes_with_size * (factor - Range::exactly(1));
}

Range saving(const MemoryModel& model, const Recipe& now) {
  const auto wide = bytes_per_weight(model.recipe.save_dtype.value);
  const auto narrow = bytes_per_weight(now.save_dtype.value);
  if (!model.parts.checkpoint_save || !wide || !narrow || *wide == *narrow) return {};
  return model.parts.checkpoint_save->bytes * Range{0.3, 0.8, 1} * (*narrow / *wide - 1);
}

/// The parts that are there in a phase.
std::vector<PredictedChange> changes_in(const MemoryModel& model, const PhasePeak& phase,
                                        const Recipe& now) {
  std::vector<PredictedChange> all;
  const auto add = [&all](std::string_view component, Range bytes) {
    if (!(bytes == Range{})) all.push_back({component, bytes});
  };
  if (phase.has_workers) add("dataloader_workers", workers(model, now));
  const bool in_main = !model.on_device;
  const bool later = phase.phase != "model_load" && phase.phase != "latent_caching";
  if (in_main && later) add("latent_cache", latents(model, now));
  if (!model.holds_tensors) return all;
  add("model_weights", weights(model, now));
  if (later && phase.phase != "text_embedding_caching")
    add("model_weights", text_encoder(model, now));
  if (later) {
    add("ema", ema(model, now));
    add("adapter_weights", adapter(model, now));
  }
  const bool steps = phase.has_workers && later;
  if (steps) add("optimizer_state", optimizer(model, now));
  if (phase.phase == "train") add("activations", activations(model, now));
  if (phase.phase == "sampling") add("sampling", sampling(model, now));
  if (phase.phase == "checkpoint_save") add("checkpoint_save", saving(model, now));
  return all;
}

Range widened(const MemoryModel& model, Range peak, bool changed) {
  return changed ? Range{peak.low + model.misfit.low, peak.likely, peak.high + model.misfit.high}
                 : peak;
}

}  // namespace

Range peak_in(const MemoryModel& model, const PhasePeak& phase, const Recipe& recipe) {
  Range peak = phase.peak;
  for (const auto& change : changes_in(model, phase, recipe)) peak = peak + change.bytes;
  return at_least(peak, 0);
}

Prediction predict(const MemoryModel& model, const Recipe& changed) {
  Prediction prediction;
  bool first = true;
  for (const auto& phase : model.phases) {
    if (phase.phase == "sampling" && changed.train.disable_sampling.value) continue;
    auto changes = changes_in(model, phase, changed);
    Range peak = phase.peak;
    for (const auto& change : changes) peak = peak + change.bytes;
    peak = at_least(widened(model, peak, !changes.empty()), 0);
    if (first || peak.likely > prediction.peak.likely) {
      prediction.phase = phase.phase;
      prediction.changes = std::move(changes);
    }
    prediction.peak = first ? peak : larger_of(prediction.peak, peak);
    first = false;
  }
  return prediction;
}

}  // namespace tidemark
