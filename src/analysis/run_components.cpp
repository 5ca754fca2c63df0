#include "analysis/run_components.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/analysis.h"
#include "analysis/cut_short.h"
#include "analysis/run_level.h"

namespace tidemark {
namespace {

// ai-toolkit forces adapters to fp32 (BaseSDTrainProcess.py:1983 at 27a03a91); their gradients and
// their moving average are as wide.
constexpr double kAdapterBytes = 4;
// Published parameter counts are rounded, and a loader may leave parts out.
constexpr double kFamilyDoubt = 0.15;
// Text encoders' share of what is loaded beside the base weights: the rest is the VAE's, a tenth of
// a billion parameters beside the text encoder's (0.1 of SD 1.5 to 5 and more).
constexpr Range kTextEncoders{0.4, 0.8, 1};
constexpr std::int64_t kFewestSamples = 3;  // for a level that was sampled, not exact

std::optional<Bytes> grown(const std::optional<Bytes>& before, const std::optional<Bytes>& after) {
  if (!before || !after || *after <= *before) return std::nullopt;
  return *after - *before;
}

std::string count_text(double count) {
  return count >= 1e9 ? fmt::format("{:.1f} billion", count / 1e9)
                      : fmt::format("{:.1f} million", count / 1e6);
}

Estimate computed(double count, Range bytes_each, std::string detail) {
  return {bytes_each * count, Basis::computed, std::move(detail)};
}

void take_trainable(RunComponents& parts, const RunFacts& facts, const Recipe* recipe) {
  const auto count = facts.shape.parameters.trainable;
  if (!count || *count <= 0) return;
  parts.trainable = static_cast<double>(*count);
  const auto& dtype = facts.shape.parameters.dtype;
  const bool adapter = recipe == nullptr || recipe->network_rank.has_value();
  const double each = adapter ? kAdapterBytes : bytes_per_weight(dtype).value_or(kAdapterBytes);
  const auto exactly = Range::exactly(each);
  const auto text = [&](std::string_view what) {
    return fmt::format("{} trainable parameters x {} bytes: {}", count_text(*parts.trainable), each,
                       what);
  };
  if (adapter) parts.adapter_weights = computed(*parts.trainable, exactly, text("the adapter"));
  parts.gradients = computed(*parts.trainable, exactly, text("their gradients"));
  if (recipe == nullptr) return;
  if (recipe->train.use_ema.value)
    parts.ema = computed(*parts.trainable, exactly, text("the moving average of them"));
  const auto& optimizer = recipe->train.optimizer.value;
  if (const auto state = state_bytes_per_parameter(optimizer))
    parts.optimizer_state =
        computed(*parts.trainable, *state,
                 fmt::format("{} trainable parameters x {:.3g} bytes of state ({})",
                             count_text(*parts.trainable), state->likely, optimizer));
}

// By the config, which says how they are quantized; else as the trainer told.
std::optional<Range> width_of_base_weights(const Recipe* recipe, const ParameterCounts& told) {
  if (recipe != nullptr)
    if (const auto bytes = base_bytes_per_weight(*recipe)) return bytes;
  const auto bytes = bytes_per_weight(told.dtype);
  return bytes ? std::optional{Range::exactly(*bytes)} : std::nullopt;
}

/// A run that died before it told its parameters: what its load had come to is weights for the most
/// part.
std::optional<Range> frozen_by_load(const RunComponents& parts, const RunFacts& facts, Range each) {
  const auto* load = phase_of(facts, "model_load");
  if (load == nullptr || each.likely <= 0) return std::nullopt;
  if (const auto seen = rise_when_killed(facts, "model_load", parts.home))
    return Range{0.4, 0.8, 0.9} * whole_rise(*seen) * (1 / each.likely);
  const auto rise = grown(at_home(load->before, parts.home), at_home(load->highest, parts.home));
  if (!rise) return std::nullopt;
  return Range{0.4, 0.75, 1} * (static_cast<double>(rise->count) / each.likely);
}

/// Not, where the tensors' home never had as much in it: another model than the config's
/// architecture says.
bool could_be_held(Range bytes, const RunFacts& facts, TensorHome home) {
  if (!facts.at_peak) return true;
  // Killed in the middle of loading, it held less than it was to.
  if (facts.step_count == 0 && facts.end && is_oom(facts.end->exit.kind)) return true;
  auto highest = level_of(*facts.at_peak);
  take_higher(highest, facts.shape.before_training);
  take_higher(highest, facts.shape.in_training);
  const auto held = at_home(highest, home);
  return !held || bytes.low <= static_cast<double>(held->count);
}

/// Parameters of the base weights.
std::optional<Range> published_weights(const ModelFamily* family) {
  if (family == nullptr || family->transformer_billions <= 0) return std::nullopt;
  return Range{1 - kFamilyDoubt, 1, 1 + kFamilyDoubt} * (family->transformer_billions * 1e9);
}

void take_weights(RunComponents& parts, const RunFacts& facts, const Recipe* recipe) {
  const auto& told = facts.shape.parameters;
  const auto* family = recipe == nullptr ? nullptr : family_of(recipe->model.arch.value);
  const auto each = width_of_base_weights(recipe, told);
  if (told.frozen && *told.frozen > 0)
    parts.frozen = Range::exactly(static_cast<double>(*told.frozen));
  const auto published = published_weights(family);
  const bool by_size =
      !parts.frozen && published && (!each || could_be_held(*published * *each, facts, parts.home));
  if (by_size) parts.frozen = published;
  if (!parts.frozen && each) parts.frozen = frozen_by_load(parts, facts, *each);
  if (!parts.frozen || !each) return;
  const Range width = each.value_or(Range{});
  parts.base_weights = Estimate{parts.frozen.value_or(Range{}) * width,
                                told.frozen ? Basis::computed : Basis::estimated,
                                fmt::format("{} frozen parameters x {:.3g} bytes",
                                            count_text(parts.frozen->likely), width.likely)};
  if (!told.frozen)
    parts.base_weights->detail +=
        by_size ? ", by the model's published size" : ", by how far the load had come";
}

// The loads end with what they left behind; what was loaded beside the base weights is the text
// encoders' and the VAE's.
void take_load(RunComponents& parts, const RunFacts& facts, const Recipe* recipe) {
  parts.model_weights = parts.base_weights;
  if (const auto* load = phase_of(facts, "model_load")) {
    const auto left = grown(at_home(load->before, parts.home), at_home(load->after, parts.home));
    if (left && (!parts.base_weights ||
                 static_cast<double>(left->count) >= 0.7 * parts.base_weights->bytes.low))
      parts.model_weights =
          Estimate{Range::of(*left), Basis::measured,
                   "what loading the models left behind: base weights, text encoders and VAE"};
  }
  const auto* family = recipe == nullptr ? nullptr : family_of(recipe->model.arch.value);
  if (family != nullptr && family->text_encoder_billions > 0) {
    const double count = family->text_encoder_billions * 1e9;
    const auto each = recipe->model.quantize_te.value
                          ? quantized_bytes_per_weight(recipe->model.qtype_te.value)
                          : bytes_per_weight(recipe->train.dtype.value).transform(Range::exactly);
    if (each && could_be_held(Range{1 - kFamilyDoubt, 1, 1} * count * *each, facts, parts.home))
      parts.text_encoder = Estimate{
          Range{1 - kFamilyDoubt, 1, 1 + kFamilyDoubt} * count * *each, Basis::estimated,
          fmt::format("text encoders of {:.2g} billion parameters, by their published size",
                      family->text_encoder_billions)};
  } else if (parts.model_weights && parts.base_weights &&
             parts.model_weights->basis == Basis::measured) {
    const auto rest = parts.model_weights->bytes.likely - parts.base_weights->bytes.likely;
    if (rest > 0)
      parts.text_encoder =
          Estimate{kTextEncoders * rest, Basis::estimated,
                   "most of what loading left beside the base weights; the VAE is in it too"};
  }
}

/// While they are saved, the trained weights are there once more, in the dtype of the file: a run
/// that died meanwhile would have come to that much at least.
void take_copy_of_save(RunComponents& parts, const Recipe* recipe) {
  if (recipe == nullptr || !parts.trainable) return;
  const auto each = bytes_per_weight(recipe->save_dtype.value);
  if (!each) return;
  const auto copy = Range::exactly(*parts.trainable * *each);
  parts.checkpoint_save->bytes = larger_of(parts.checkpoint_save->bytes, copy);
}

void take_phases(RunComponents& parts, const RunFacts& facts, const Recipe* recipe) {
  const auto rise = [&](std::string_view name) -> std::optional<Estimate> {
    const auto* phase = phase_of(facts, name);
    if (phase == nullptr) return std::nullopt;
    if (const auto seen = rise_when_killed(facts, name, parts.home))
      return Estimate{whole_rise(*seen), Basis::measured,
                      fmt::format("how far a phase of {} rose above what was held before it; the "
                                  "run did not live to see its end",
                                  name)};
    const auto extra =
        grown(at_home(phase->before, parts.home), at_home(phase->highest, parts.home));
    if (!extra) return std::nullopt;
    return Estimate{Range::of(*extra), Basis::measured,
                    fmt::format("how far a phase of {} rose above what was held before it", name)};
  };
  parts.sampling = rise("sampling");
  parts.checkpoint_save = rise("checkpoint_save");
  if (rise_when_killed(facts, "checkpoint_save", parts.home)) take_copy_of_save(parts, recipe);
  const bool in_memory =
      recipe != nullptr && std::ranges::any_of(recipe->datasets, [](const DatasetRecipe& one) {
        return one.cache_latents.value && !one.cache_latents_to_disk.value;
      });
  if (!in_memory) return;
  if (const auto seen = rise_when_killed(facts, "latent_caching", TensorHome::main_process))
    parts.latent_cache =
        Estimate{whole_rise(*seen), Basis::measured,
                 "what the main process gained while it cached latents, and died of it"};
  else if (const auto* caching = phase_of(facts, "latent_caching"))
    if (const auto kept = grown(caching->before.main, caching->after.main))
      parts.latent_cache = Estimate{Range::of(*kept), Basis::measured,
                                    "what the main process gained over the caching of latents"};
}

/// CUDA's own figures: what stays allocated between steps, and the highest within them.
std::optional<Estimate> allocators_rise(const RunFacts& facts) {
  Bytes rise;
  for (const auto& record : facts.allocators)
    if (record.device == AllocatorRecord::Device::cuda && record.peak_allocated > record.allocated)
      rise = std::max(rise, record.peak_allocated - record.allocated);
  if (rise.count <= 0) return std::nullopt;
  return Estimate{Range{0.7, 1, 1} * static_cast<double>(rise.count), Basis::measured,
                  "the allocator's peak above what it holds between steps"};
}

/// Several batch sizes in one run identify what one item takes.
std::optional<Estimate> by_batch_size(const RunFacts& facts, TensorHome home) {
  const BatchLevel *small = nullptr, *large = nullptr;
  for (const auto& batch : facts.shape.batches) {
    if (batch.sample_count < kFewestSamples || !at_home(batch.highest, home)) continue;
    if (small == nullptr) small = &batch;
    large = &batch;
  }
  if (small == large) return std::nullopt;
  const auto rise = grown(at_home(small->highest, home), at_home(large->highest, home));
  if (!rise) return std::nullopt;
  const auto items = static_cast<double>(large->batch_size - small->batch_size);
  const double whole =
      static_cast<double>(rise->count) / items * static_cast<double>(large->batch_size);
  return Estimate{Range{0.8, 1, 1.25} * whole, Basis::measured,
                  fmt::format("from the peaks with batch sizes {} and {}: {} for each item",
                              small->batch_size, large->batch_size,
                              format_bytes(to_bytes(static_cast<double>(rise->count) / items)))};
}

// How far training rose above what was held before its first step; the optimizer's state and the
// gradients came with that step too, and so did a leak.
std::optional<Estimate> training_rise(const RunFacts& facts, const RunComponents& parts) {
  // Without the trainer's word what was held before the first step may be before the load's end.
  if (phase_of(facts, "model_load") == nullptr && phase_of(facts, "train") == nullptr)
    return std::nullopt;
  const auto rise = grown(at_home(facts.shape.before_training, parts.home),
                          at_home(facts.shape.in_training, parts.home));
  if (!rise) return std::nullopt;
  double whole = static_cast<double>(rise->count);
  if (parts.optimizer_state) whole -= parts.optimizer_state->bytes.likely;
  const auto& growth =
      parts.home == TensorHome::device ? facts.shape.device_growth : facts.shape.main_growth;
  if (growth && growth->lasting)
    whole -=
        growth->bytes_per_second.likely *
        (facts.shape.steps.step_seconds > 0 ? facts.shape.steps.step_seconds : growth->seconds);
  const double gradients = parts.gradients ? parts.gradients->bytes.likely : 0;
  if (whole - gradients <= 0) return std::nullopt;
  // The libraries' own first-use memory is in it too; a leak is taken off by its slope alone.
  return Estimate{{0.4 * (whole - gradients), 0.85 * (whole - gradients), whole},
                  Basis::measured,
                  "how far training rose above what was held before its first step, less the "
                  "optimizer's state and the gradients"};
}

/// Where nothing measured them: what is left beside the known parts is activations to a share that
/// ranges over models, from a large one with a small batch to the reverse.
std::optional<Estimate> activations_prior(const RunFacts& facts, const RunComponents& parts) {
  constexpr Range kShare{0.05, 0.25, 0.7};
  if (facts.step_count == 0 || !facts.at_peak || parts.home == TensorHome::unknown)
    return std::nullopt;
  const auto held = parts.home == TensorHome::device ? facts.at_peak->gpu_run_memory
                                                     : facts.at_peak->main_process;
  if (!held) return std::nullopt;
  double rest = static_cast<double>(held->count);
  for (const auto* part : {&parts.model_weights, &parts.adapter_weights, &parts.gradients,
                           &parts.optimizer_state, &parts.ema})
    if (*part) rest -= (*part)->bytes.likely;
  if (rest <= 0) return std::nullopt;
  return Estimate{kShare * rest, Basis::estimated,
                  "not measured: a share of what is not known otherwise"};
}

}  // namespace

TensorHome tensor_home_of(const RunFacts& facts, const Recipe* recipe) {
  if (recipe != nullptr && trains_on_cpu(*recipe)) return TensorHome::main_process;
  const auto& shape = facts.shape;
  const bool used = shape.in_training.device.value_or(Bytes{}).count > 0 ||
                    shape.before_training.device.value_or(Bytes{}).count > 0 ||
                    (facts.at_peak && facts.at_peak->gpu_run_memory.value_or(Bytes{}).count > 0);
  if (used || !facts.allocators.empty()) {
    const bool on_cuda = std::ranges::any_of(facts.allocators, [](const AllocatorRecord& one) {
      return one.device != AllocatorRecord::Device::cpu;
    });
    if (used || on_cuda) return TensorHome::device;
  }
  if (recipe != nullptr) return TensorHome::unknown;  // a device is named, and none was seen
  return TensorHome::main_process;
}

RunComponents components_of(const RunFacts& facts, const Recipe* recipe) {
  RunComponents parts{.home = tensor_home_of(facts, recipe)};
  take_trainable(parts, facts, recipe);
  take_weights(parts, facts, recipe);
  take_load(parts, facts, recipe);
  take_phases(parts, facts, recipe);
  parts.activations = by_batch_size(facts, parts.home);
  if (!parts.activations && parts.home == TensorHome::device)
    parts.activations = allocators_rise(facts);
  if (!parts.activations && died_before_a_steady_step(facts)) {
    parts.activations = activations_of_first_steps(facts, parts);
    parts.activations_cut_short = parts.activations.has_value();
  } else if (!parts.activations) {
    parts.activations = training_rise(facts, parts);
  }
  if (!parts.activations) parts.activations = activations_prior(facts, parts);
  return parts;
}

}  // namespace tidemark
