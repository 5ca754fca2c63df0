// What each part of the memory becomes under other settings.
#include <algorithm>
#include <cmath>

#include "analysis/analysis.h"
#include "analysis/cut_short.h"
#include "analysis/predict.h"

namespace tidemark {
namespace {

// Of the saving of narrower weights.
constexpr Range kKeepTheirWidth{0.85, 0.95, 1};
// Activations without the attention's matrix of tokens by tokens, from many tokens to few.
constexpr Range kWithoutAttentionMatrix{0.2, 0.6, 1};

/// The same share of three bounds, where the bounds of a reduction are its own.
Range negative(Range freed) {
  return {-freed.high, -freed.likely, -freed.low};
}

/// A change of one part, and what it adds to each bound of the phase's peak: bound by bound where
/// the peak's doubt is that part's own.
struct Change {
  PredictedChange part{};
  Range on_peak{};
};

/// Bound by bound, as a peak whose doubt is this quantity's own is changed.
Range aligned_product(Range quantity, Range factor) {
  return {quantity.low * factor.low, quantity.likely * factor.likely, quantity.high * factor.high};
}

Range in_order(Range range) {
  return {std::min(range.low, range.likely), range.likely, std::max(range.likely, range.high)};
}

/// A quantity that becomes `factor` of itself.
Change scaled(std::string_view component, Range quantity, Range factor, bool in_doubt) {
  const auto less = factor - Range::exactly(1);
  const auto change = quantity * less;
  return {{component, change}, in_doubt ? aligned_product(quantity, less) : change};
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
  // Workers that no setting of the loader asked for do not go with it.
  if (model.workers <= 0 || worker_count(model.recipe) <= 0) return {};
  const auto before = static_cast<double>(worker_count(model.recipe));
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

Range activations_factor(const MemoryModel& model, const Recipe& now) {
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
  if (keeps_attention_matrix(was) && !keeps_attention_matrix(now))
    factor = factor * kWithoutAttentionMatrix;
  return factor;
}

/// What base weights and what is loaded with them hold at most until loading is done, less the
/// latter. Without low_vram they are whole in their dtype before they are quantized: the load's
/// peak is then theirs, or that of narrow weights with what is loaded after them.
std::optional<Range> weights_while_loading(const MemoryModel& model, const Recipe& recipe) {
  const auto wide = bytes_per_weight(recipe.train.dtype.value);
  const auto narrow = base_bytes_per_weight(recipe);
  if (!wide || !narrow || !model.parts.frozen) return std::nullopt;
  const auto whole = *model.parts.frozen * *wide;
  if (!recipe.model.quantize.value) return whole;
  const auto quantized = *model.parts.frozen * *narrow;
  // Shared memory holds the copy in the host's part all the same.
  if (recipe.model.low_vram.value && !model.unified) return quantized * Range{1, 1.02, 1.1};
  const auto& loaded = model.parts.model_weights;
  const auto& base = model.parts.base_weights;
  double beside = 0;
  if (loaded && base && loaded->basis == Basis::measured)
    beside = std::max(loaded->bytes.likely - base->bytes.likely, 0.0);
  const double saved = std::min(beside, whole.likely - quantized.likely);
  return Range{whole.low - saved, whole.likely - saved / 2, whole.high};
}

Range weights_in_load(const MemoryModel& model, const Recipe& now) {
  const auto& was = model.recipe;
  const bool same = was.model.quantize.value == now.model.quantize.value &&
                    was.model.low_vram.value == now.model.low_vram.value &&
                    was.model.qtype.value == now.model.qtype.value &&
                    was.train.dtype.value == now.train.dtype.value;
  const auto before = weights_while_loading(model, was), after = weights_while_loading(model, now);
  if (same || !before || !after) return {};
  // The same weights: the doubt of their number is in both, and cancels.
  return {after->low - before->low, after->likely - before->likely, after->high - before->high};
}

Range weights(const MemoryModel& model, const Recipe& now) {
  const auto before = base_bytes_per_weight(model.recipe), after = base_bytes_per_weight(now);
  Range change;
  if (model.parts.frozen && before && after && !(*before == *after)) {
    change = *model.parts.frozen * (*after - *before);
    // Embeddings, norms and heads keep their width: a tenth of the saving may not come.
    if (change.likely < 0) change = change * kKeepTheirWidth;
    // On a CPU a library may keep widened copies of bf16 weights beside them: that nothing is
    // freed is possible (seen: a LoRA in bf16 whose first step took as much as in fp32).
    if (change.likely < 0 && trains_on_cpu(now) && !now.model.quantize.value) change.high = 0;
  }
  const auto& held = model.parts.base_weights;
  const bool offloads =
      now.model.layer_offloading.value && !model.recipe.model.layer_offloading.value;
  if (offloads && held && model.on_device)
    change = change - at_least(held->bytes + change, 0) * model.effects.offloaded_share;
  return change;
}

Range text_encoder(const MemoryModel& model, const Recipe& now) {
  if (!model.parts.text_encoder) return {};
  const auto& held = model.parts.text_encoder->bytes;
  const bool stayed = text_encoder_stays(model.recipe), stays = text_encoder_stays(now);
  if (!stayed && stays) return held;
  if (!stayed) return {};
  if (!stays) return negative(held);
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

Range latents_factor(const MemoryModel& model, const Recipe& now) {
  const bool leave = keeps_latents_in_memory(model.recipe) && !keeps_latents_in_memory(now);
  return leave ? Range{0, 0, 0.2} : Range::exactly(1);
}

/// A part that becomes `ratio` of itself, of which only `share` goes with the setting.
Range partly(Range ratio, Range share) {
  const auto less = share * (ratio - Range::exactly(1));
  return Range::exactly(1) + less;
}

// Of sampling's own activations; nothing learns it.
constexpr Range kSamplingPower{1, 1, 2};

Range sampling_factor(const MemoryModel& model, const Recipe& now) {
  const auto factor =
      pixels_factor(sample_pixels(model.recipe), sample_pixels(now), kSamplingPower);
  // Loading parts back (a VAE, a text encoder) does not go with the size.
  return partly(factor, {0.4, 0.8, 1});
}

Range saving_factor(const MemoryModel& model, const Recipe& now) {
  const auto wide = bytes_per_weight(model.recipe.save_dtype.value);
  const auto narrow = bytes_per_weight(now.save_dtype.value);
  if (!wide || !narrow) return Range::exactly(1);
  return partly(Range::exactly(*narrow / *wide), {0.3, 0.8, 1});
}

/// The parts that are there in a phase.
std::vector<Change> changes_in(const MemoryModel& model, const PhasePeak& phase,
                               const Recipe& now) {
  std::vector<Change> all;
  const auto in_doubt = part_in_doubt(model, phase);
  const auto add = [&all](std::string_view component, Range bytes) {
    if (!(bytes == Range{})) all.push_back({{component, bytes}, bytes});
  };
  const auto scale = [&](std::string_view component, const std::optional<Estimate>& part,
                         Range factor) {
    if (!part || factor == Range::exactly(1)) return;
    all.push_back(scaled(component, part->bytes, factor, in_doubt == component));
  };
  if (phase.has_workers) add("dataloader_workers", workers(model, now));
  const bool in_main = !model.on_device;
  // Adapter and average are made before anything is cached (BaseSDTrainProcess.run).
  const bool later = phase.phase != "model_load";
  const bool caches = phase.phase == "latent_caching" || phase.phase == "text_embedding_caching" ||
                      phase.phase == kBeforeTraining;
  if (in_main && later) scale("latent_cache", model.parts.latent_cache, latents_factor(model, now));
  if (!model.holds_tensors) return all;
  if (phase.phase == "model_load") {
    const auto by_bound = weights_in_load(model, now);
    const auto [low, high] = std::minmax({by_bound.low, by_bound.likely, by_bound.high});
    const Range change{low, by_bound.likely, high};
    if (!(change == Range{}))
      all.push_back({{"model_weights", change}, in_doubt.empty() ? change : by_bound});
  } else {
    add("model_weights", weights(model, now));
  }
  if (later && !caches) add("model_weights", text_encoder(model, now));
  if (later) {
    add("ema", ema(model, now));
    add("adapter_weights", adapter(model, now));
  }
  const bool steps = phase.has_workers && later;
  if (steps) add("optimizer_state", optimizer(model, now));
  if (phase.phase == "train")
    scale("activations", model.parts.activations, activations_factor(model, now));
  if (phase.phase == "sampling")
    scale("sampling", model.parts.sampling, sampling_factor(model, now));
  if (phase.phase == "checkpoint_save")
    scale("checkpoint_save", model.parts.checkpoint_save, saving_factor(model, now));
  return all;
}

Range peak_after(const PhasePeak& phase, const std::vector<Change>& changes) {
  Range peak = phase.peak;
  for (const auto& change : changes) peak = peak + change.on_peak;
  return in_order(peak);
}

// What a run that was killed held at its limit is not what it takes when it lives: allocators,
// threads and the order of the data decide how full the last moment was.
constexpr Range kRunToRun{0.98, 1, 1.02};

Range widened(const MemoryModel& model, Range peak, bool changed) {
  if (!changed) return peak;
  if (model.killed) peak = {peak.low * kRunToRun.low, peak.likely, peak.high * kRunToRun.high};
  return {peak.low + model.misfit.low, peak.likely, peak.high + model.misfit.high};
}

}  // namespace

Range peak_in(const MemoryModel& model, const PhasePeak& phase, const Recipe& recipe) {
  return at_least(peak_after(phase, changes_in(model, phase, recipe)), 0);
}

std::vector<PredictedChange> difference(const Prediction& now, const Prediction& then) {
  auto changes = then.changes;
  for (const auto& was : now.changes) {
    auto found = std::ranges::find(changes, was.component, &PredictedChange::component);
    if (found == changes.end()) found = changes.insert(found, {was.component, {}});
    // Bound by bound: the doubt of the same quantity is in both.
    const Range less{found->bytes.low - was.bytes.low, found->bytes.likely - was.bytes.likely,
                     found->bytes.high - was.bytes.high};
    const auto [low, high] = std::minmax({less.low, less.likely, less.high});
    found->bytes = {low, less.likely, high};
  }
  std::erase_if(changes, [](const PredictedChange& one) { return one.bytes == Range{}; });
  return changes;
}

Prediction predict(const MemoryModel& model, const Recipe& changed) {
  Prediction prediction;
  bool first = true;
  for (const auto& phase : model.phases) {
    if (phase.phase == "sampling" && changed.train.disable_sampling.value) continue;
    const auto changes = changes_in(model, phase, changed);
    const auto peak = at_least(widened(model, peak_after(phase, changes), !changes.empty()), 0);
    if (first || peak.likely > prediction.peak.likely) {
      prediction.phase = phase.phase;
      prediction.changes.clear();
      for (const auto& change : changes) prediction.changes.push_back(change.part);
    }
    prediction.peak = first ? peak : larger_of(prediction.peak, peak);
    first = false;
  }
  return prediction;
}

}  // namespace tidemark
