#include "analysis/memory_model.h"

#include <algorithm>

#include "analysis/analysis.h"
#include "analysis/predict.h"

namespace tidemark {
namespace {

// After a kill in the middle of growth: how much more of the limit might have been wanted.
constexpr double kUnseenRatio = 0.05;

/// What the run held of the pool: on unified memory in its process and through the device.
std::optional<Bytes> in_pool(const RunLevel& level, const MemoryModel& model) {
  if (model.on_device) return level.device;
  if (!model.unified || !level.main || !level.device) return level.main;
  return *level.main + *level.device;
}

/// What the pool held in each phase: the peak, less what the run held less in it.
void take_phases(MemoryModel& model, const Analysis& analysis) {
  const auto& pool = *analysis.summary.limiting_pool;
  const auto& shape = analysis.facts.shape;
  const auto peak_phase = shape.phase_at_peak.empty() ? std::string{"train"} : shape.phase_at_peak;
  Range peak = Range::of(pool.peak);
  if (model.killed) {
    const auto& deciding = analysis.facts.deciding;
    const Bytes requested =
        deciding && is_out_of_memory(*deciding) ? deciding->requested.value_or(Bytes{}) : Bytes{};
    peak.high += std::max({static_cast<double>((pool.peak - pool.sampled).count),
                           static_cast<double>(requested.count),
                           kUnseenRatio * static_cast<double>(pool.limit.count)});
  }
  model.phases.push_back({peak_phase, peak, !is_before_training(peak_phase)});
  const auto level_in = [&](std::string_view name) -> std::optional<Bytes> {
    if (name == "train") return in_pool(shape.in_training, model);
    const auto found = std::ranges::find(shape.phases, name, &PhaseFacts::name);
    return found == shape.phases.end() ? std::nullopt : in_pool(found->highest, model);
  };
  const auto at_peak = level_in(peak_phase);
  if (!at_peak) return;
  const auto add = [&](std::string name) {
    if (name == peak_phase) return;
    const auto level = level_in(name);
    if (!level) return;
    auto lower = Range::of(pool.peak - std::max(*at_peak - *level, Bytes{}));
    const bool has_workers = !is_before_training(name);
    if (!has_workers) lower = at_least(lower - model.worker_bytes, 0);
    model.phases.push_back({std::move(name), lower, has_workers});
  };
  add("train");
  for (const auto& phase : shape.phases)
    if (phase.name != "train") add(phase.name);
}

void take_workers(MemoryModel& model, const Analysis& analysis) {
  const auto& sample = analysis.facts.at_peak;
  if (model.on_device || !sample || sample->worker_count.value_or(0) <= 0 || !sample->worker_uss)
    return;
  model.workers = *sample->worker_count;
  const Bytes uss = *sample->worker_uss;
  const Bytes pss =
      sample->process_basis == PssBasis::none ? uss : std::max(sample->worker.value_or(uss), uss);
  model.worker_bytes = Range::of(uss);
  model.worker_bytes.high = static_cast<double>(pss.count);
}

double others_in(const std::vector<Component>& breakdown) {
  double bytes = 0;
  for (const auto& part : breakdown)
    if (part.component == "other_processes" || part.component == "system_baseline")
      bytes += static_cast<double>(part.held.count);
  return bytes;
}

/// A leak of this share of the peak is no noise.
constexpr double kLeakRatio = 0.05;

bool grew(const RunShape& shape, const PoolPeak& pool) {
  const auto leaks = [&](const std::optional<Growth>& growth) {
    return growth && growth->lasting && ratio(growth->grown, pool.peak) >= kLeakRatio;
  };
  return leaks(shape.main_growth) || leaks(shape.worker_growth) || leaks(shape.device_growth);
}

}  // namespace

bool is_before_training(std::string_view phase) {
  return phase == "model_load" || phase == "latent_caching" || phase == "text_embedding_caching" ||
         phase == "quantize";
}

std::vector<std::string> what_is_not_known(const MemoryModel& model) {
  std::vector<std::string> unknown;
  if (model.killed) unknown.emplace_back("how much more the run would have taken beyond its limit");
  const auto& activations = model.parts.activations;
  if (model.holds_tensors && (!activations || activations->basis == Basis::estimated))
    unknown.emplace_back(
        "what activations hold: nothing measured them (import tidemark in the trainer does)");
  if (!model.parts.trainable && model.holds_tensors)
    unknown.emplace_back(
        "how many parameters are trained (run.parameters tells it): the optimizer's and the moving "
        "average's share");
  if (model.batch_sizes.size() < 2 && model.holds_tensors)
    unknown.emplace_back("how memory goes with the batch size: one size alone was seen");
  const bool sampled = std::ranges::any_of(
      model.phases, [](const PhasePeak& phase) { return phase.phase == "sampling"; });
  if (!sampled && !model.recipe.train.disable_sampling.value)
    unknown.emplace_back("what sampling takes: no sampling was seen");
  return unknown;
}

std::optional<MemoryModel> fit_memory_model(const Analysis& analysis, const Recipe* recipe) {
  const auto& pool = analysis.summary.limiting_pool;
  if (!pool || recipe == nullptr || pool->peak.count <= 0 || pool->kind == PoolKind::shm ||
      pool->kind == PoolKind::process)
    return std::nullopt;
  MemoryModel model{.recipe = *recipe};
  model.parts = components_of(analysis.facts, recipe);
  model.on_device = pool->kind == PoolKind::gpu;
  model.unified = pool->kind == PoolKind::unified;
  model.holds_tensors = model.unified ||
                        (model.parts.home == TensorHome::device && model.on_device) ||
                        (model.parts.home == TensorHome::main_process && !model.on_device);
  model.killed = is_oom(analysis.exit.kind);
  take_workers(model, analysis);
  take_phases(model, analysis);
  model.pool = pool->kind;
  model.device = pool->device_name;
  model.others = others_in(analysis.breakdown);
  model.trained = analysis.facts.step_count > 0;
  model.grew = grew(analysis.facts.shape, *pool);
  model.completed = analysis.exit.kind == ExitKind::completed;
  for (const auto& batch : analysis.facts.shape.batches)
    model.batch_sizes.push_back(batch.batch_size);
  if (model.batch_sizes.empty() && model.trained)
    model.batch_sizes.push_back(largest_batch(*recipe));
  model.not_known = what_is_not_known(model);
  return model;
}

}  // namespace tidemark
