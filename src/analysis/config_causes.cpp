#include "analysis/config_causes.h"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark {
namespace {

constexpr double kWorthNaming = 0.05;  // of the peak
constexpr double kRoomAfterOom = 0.90;

struct Without {
  Recipe recipe{};
  std::string id{};
  std::string held_by{};  // "The moving average (train.ema_config.use_ema)"
  const std::optional<Estimate>* source = nullptr;
};

/// The run's recipe without the cause; absent: it is not there.
std::optional<Without> without(const MemoryModel& model, ConfigCause cause) {
  const auto& recipe = model.asked;
  const auto& parts = model.parts;
  Without other{.recipe = recipe};
  auto& changed = other.recipe;
  switch (cause) {
    case ConfigCause::latent_cache:
      for (auto& dataset : changed.datasets)
        if (dataset.cache_latents.value) dataset.cache_latents_to_disk.value = true;
      other.id = "latent_cache";
      other.held_by = "Latents that are cached in memory";
      other.source = &parts.latent_cache;
      break;
    case ConfigCause::text_encoder_kept:
      if (!text_encoder_stays(recipe) || recipe.train.train_text_encoder.value) return {};
      changed.train.cache_text_embeddings.value = true;
      other.id = "text_encoder_kept";
      other.held_by = "The text encoder, whose output could be cached,";
      other.source = &parts.text_encoder;
      break;
    case ConfigCause::ema:
      if (!recipe.train.use_ema.value) return {};
      changed.train.use_ema.value = false;
      other.id = "ema";
      other.held_by = "The moving average of the trained weights (use_ema)";
      other.source = &parts.ema;
      break;
    case ConfigCause::optimizer_state:
      changed.train.optimizer.value = "adafactor";
      other.id = "optimizer_state";
      other.held_by = fmt::format("The state of the optimizer {}", recipe.train.optimizer.value);
      other.source = &parts.optimizer_state;
      break;
    case ConfigCause::unquantized_weights:
      if (recipe.model.quantize.value || !recipe.network_rank) return {};
      changed.model.quantize.value = changed.model.low_vram.value = true;
      other.id = "unquantized_weights";
      other.held_by = fmt::format("Base weights in {}", recipe.train.dtype.value);
      other.source = &parts.base_weights;
      break;
    case ConfigCause::gradient_checkpointing_off:
      if (recipe.train.gradient_checkpointing.value) return {};
      changed.train.gradient_checkpointing.value = true;
      other.id = "gradient_checkpointing_off";
      other.held_by = "Activations that gradient checkpointing would recompute";
      other.source = &parts.activations;
      break;
    case ConfigCause::batch_size:
      if (largest_batch(recipe) <= 1 || recipe.train.single_item_batching.value) return {};
      changed.train.batch_size.value = 1;
      for (auto& dataset : changed.datasets) dataset.batch_size.value = 0;
      other.id = "batch_size";
      other.held_by = fmt::format("The activations of a batch of {}", largest_batch(recipe));
      other.source = &parts.activations;
      break;
    case ConfigCause::resolution: {
      const auto largest = largest_resolution(recipe);
      if (largest < 128) return {};
      for (auto& dataset : changed.datasets)
        for (auto& size : dataset.resolutions) size.value = std::min(size.value, largest / 2);
      other.id = "resolution";
      other.held_by = fmt::format("The activations at resolution {}", largest);
      other.source = &parts.activations;
      break;
    }
  }
  return *other.source ? std::optional{std::move(other)} : std::nullopt;
}

double confidence_of(Basis basis) {
  return basis == Basis::measured ? 0.8 : basis == Basis::computed ? 0.75 : 0.5;
}

}  // namespace

std::optional<Finding> config_cause_finding(const Analysis& analysis, ConfigCause cause,
                                            Need need) {
  const auto& pool = analysis.summary.limiting_pool;
  if (!analysis.model || memory_severity(analysis) == Severity::info || refused_elsewhere(analysis))
    return std::nullopt;
  const auto& model = *analysis.model;
  const auto other = without(model, cause);
  if (!other || has_finding(analysis, other->id)) return std::nullopt;
  const auto now = predict(model, model.asked), then = predict(model, other->recipe);
  const double freed = now.peak.likely - then.peak.likely;
  const auto limit = static_cast<double>(pool->limit.count);
  const double warning = analysis.facts.info.settings.memory_warning_ratio;
  const double most = ended_by_oom(analysis) ? std::max(kRoomAfterOom, warning) : warning;
  const bool suffices = then.peak.likely <= most * limit;
  if (freed < kWorthNaming * static_cast<double>(pool->peak.count)) return std::nullopt;
  if ((need == Need::sufficient) != suffices) return std::nullopt;
  const auto& estimate = **other->source;
  // A prior names no cause.
  if (other->source == &model.parts.activations && estimate.basis == Basis::estimated) return {};
  const auto held = std::min(to_bytes(estimate.bytes.likely), pool->peak);
  Finding finding{
      other->id,
      memory_severity(analysis),
      fmt::format("{} held about {}{}", other->held_by, format_bytes(held),
                  suffices ? "" : ", which alone is not enough"),
      fmt::format("Without {} the peak would have been about {} of {} (between {} and {}).",
                  cause == ConfigCause::batch_size   ? "more than one item in a batch"
                  : cause == ConfigCause::resolution ? "the larger half of the sizes"
                                                     : "it",
                  format_bytes(to_bytes(then.peak.likely)), format_bytes(pool->limit),
                  format_bytes(to_bytes(then.peak.low)), format_bytes(to_bytes(then.peak.high))),
      confidence_of(estimate.basis),
      {bytes_evidence(estimate.detail, std::string{name_of(estimate.basis)}, held),
       pool_evidence(*pool)}};
  if (suffices) add_exit_evidence(analysis, finding);
  return finding;
}

}  // namespace tidemark
