// What spare memory and lost time are good for: info, never more.
#include <fmt/format.h>

#include <algorithm>

#include "advice/proposal.h"
#include "advice/rules.h"

namespace tidemark {
namespace {

constexpr std::int64_t kMostTimesLarger = 8;
constexpr std::int64_t kMostUsefulWorkers = 8;

double target_of(const Analysis& analysis) {
  return analysis.facts.info.settings.memory_warning_ratio *
         static_cast<double>(analysis.summary.limiting_pool->limit.count);
}

/// Advice on what a healthy run could afford.
bool has_room(const Analysis& analysis) {
  return analysis.model && analysis.summary.limiting_pool && analysis.model->holds_tensors &&
         !is_oom(analysis.exit.kind) && names_finding(analysis, "spare_memory");
}

Recommendation info(std::string id, std::string finding, const SettingChange& change,
                    const Recipe& recipe) {
  Recommendation advice;
  advice.id = std::move(id);
  advice.severity = Severity::info;
  advice.finding = std::move(finding);
  advice.config_path = change.path;
  advice.current_value = value_at(recipe, change.path).value_or(ConfigValue{});
  advice.recommended_value = change.value;
  advice.changes = {change};
  return advice;
}

/// `setting` counts the steps between two times of it.
struct Occasion {
  const char* id = nullptr;
  const char* finding = nullptr;
  const char* key = nullptr;  // for people
};
Recommendation half_as_often(const Occasion& occasion, const Count& setting, const Recipe& recipe) {
  const auto steps = 2 * std::clamp<std::int64_t>(setting.value, 1, 1 << 30);
  auto advice = info(occasion.id, occasion.finding, {setting.path, steps}, recipe);
  advice.action = fmt::format("Set {} to {} (now {})", occasion.key, steps, setting.value);
  return advice;
}

void add_prediction(Recommendation& advice, const Prediction& then) {
  advice.predicted_peak = to_bytes(then.peak.likely);
  advice.predicted_peak_low = to_bytes(then.peak.low);
  advice.predicted_peak_high = to_bytes(then.peak.high);
}

}  // namespace

std::optional<Recommendation> larger_batch(const Analysis& analysis) {
  if (!has_room(analysis) || !analysis.model->parts.activations) return std::nullopt;
  const auto& model = *analysis.model;
  const auto was = model.asked.train.batch_size.value;
  if (was < 1 || largest_batch(model.asked) != was) return std::nullopt;
  const auto& path = model.asked.train.batch_size.path;
  for (auto times = kMostTimesLarger; times >= 2; times /= 2) {
    const SettingChange change{path, was * times};
    const auto then = predict(model, with_changes(model.asked, {change}));
    if (then.peak.high > target_of(analysis)) continue;
    auto advice = info("larger_batch", "spare_memory", change, model.asked);
    advice.title = fmt::format("There is room for a batch size of {}", was * times);
    advice.action = fmt::format("Set train.batch_size to {} (now {})", was * times, was);
    add_prediction(advice, then);
    advice.impact = fmt::format(
        "the peak would rise to about {} of {}; more items are trained in "
        "the same time where the device was not busy",
        format_bytes(*advice.predicted_peak), format_bytes(analysis.summary.limiting_pool->limit));
    advice.cost = "the effective batch grows: the learning rate may have to follow";
    return advice;
  }
  return std::nullopt;
}

std::optional<Recommendation> checkpointing_off(const Analysis& analysis) {
  if (!has_room(analysis) || !analysis.model->parts.activations) return std::nullopt;
  const auto& model = *analysis.model;
  const auto& setting = model.asked.train.gradient_checkpointing;
  if (!setting.value) return std::nullopt;
  const SettingChange change{setting.path, false};
  const auto then = predict(model, with_changes(model.asked, {change}));
  if (then.peak.high > target_of(analysis)) return std::nullopt;
  auto advice = info("checkpointing_off", "spare_memory", change, model.asked);
  advice.title = "There is room to keep activations instead of recomputing them";
  advice.action = "Set train.gradient_checkpointing to false";
  add_prediction(advice, then);
  advice.impact = fmt::format(
      "steps commonly become a quarter quicker; the peak would be between "
      "{} and {}",
      format_bytes(*advice.predicted_peak_low), format_bytes(*advice.predicted_peak_high));
  advice.cost = "memory: how much more is the least sure of all predictions";
  return advice;
}

std::optional<Recommendation> feed_faster(const Analysis& analysis) {
  if (!names_finding(analysis, "data_starved") || !analysis.recipe) return std::nullopt;
  const auto& recipe = *analysis.recipe;
  const auto* head = loader_head(recipe, false);
  if (head == nullptr) return std::nullopt;
  const bool pressed = memory_severity(analysis) != Severity::info;
  const auto& latents = head->cache_latents_to_disk;
  if (!latents.value && !head->cache_latents.value) {
    auto advice = info("cache_latents", "data_starved", {latents.path, true}, recipe);
    advice.title = "Cache the latents";
    advice.action = "Set cache_latents_to_disk to true in the datasets";
    advice.impact = "pictures are decoded and encoded once, not at every step";
    advice.cost = "augmentations that change the pixels are off; the cache takes disk space";
    return advice;
  }
  const auto& workers = head->num_workers;
  if (workers.value >= kMostUsefulWorkers || pressed) return std::nullopt;
  const auto more = std::min(kMostUsefulWorkers, std::max<std::int64_t>(2 * workers.value, 2));
  auto advice = info("more_workers", "data_starved", {workers.path, more}, recipe);
  advice.title = fmt::format("Load data with {} workers", more);
  advice.action = fmt::format("Set num_workers to {} (now {})", more, workers.value);
  advice.impact = "more pictures are made ready while a step runs, as far as there are cores";
  advice.cost = "each worker holds memory of its own";
  return advice;
}

std::optional<Recommendation> sample_less_often(const Analysis& analysis) {
  if (!names_finding(analysis, "sampling_time") || !analysis.recipe) return std::nullopt;
  auto advice = half_as_often({"sample_less_often", "sampling_time", "sample.sample_every"},
                              analysis.recipe->sample.sample_every, *analysis.recipe);
  advice.title = "Sample half as often";
  advice.impact = "half of the time that previews take";
  advice.cost = "fewer previews";
  return advice;
}

std::optional<Recommendation> save_less_often(const Analysis& analysis) {
  if (!names_finding(analysis, "saving_time") || !analysis.recipe) return std::nullopt;
  auto advice = half_as_often({"save_less_often", "saving_time", "save.save_every"},
                              analysis.recipe->save_every, *analysis.recipe);
  advice.title = "Save half as often";
  advice.impact = "half of the time that saving takes";
  advice.cost = "a run that dies loses more steps";
  return advice;
}

}  // namespace tidemark
