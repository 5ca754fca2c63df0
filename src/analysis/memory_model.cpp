#include "analysis/memory_model.h"

#include <algorithm>

#include "analysis/analysis.h"
#include "analysis/cut_short.h"
#include "analysis/predict.h"
#include "analysis/run_level.h"

namespace tidemark {
namespace {

// After a kill in the middle of growth: how much more of the limit might have been wanted.
constexpr double kUnseenRatio = 0.05;

// What a phase held at most, by samples that are apart and counters that the kernel folds in.
constexpr Range kBetweenSamples{0.97, 1, 1.04};

/// What the run held of the pool: on unified memory in its process and through the device.
std::optional<Bytes> in_pool(const RunLevel& level, const MemoryModel& model) {
  if (model.on_device) return level.device;
  if (!model.unified || !level.main || !level.device) return level.main;
  return *level.main + *level.device;
}

/// What else filled the pool at its highest sample: workers, other programs, the kernel.
std::optional<double> beside_main(const MemoryModel& model, const Analysis& analysis) {
  const auto& sample = *analysis.facts.at_peak;
  const auto held = in_pool(level_of(sample), model);
  const auto& pool = *analysis.summary.limiting_pool;
  if (!held) return std::nullopt;
  auto used = std::min(pool.sampled, pool.peak);
  if (pool.kind == PoolKind::cgroup) used = sample.cgroup_working_set.value_or(used);
  return static_cast<double>(std::max(used - *held, Bytes{}).count);
}

/// A phase before training has no workers yet, whose share is in `beside`.
void add_phase(MemoryModel& model, std::string name, Range held, double beside) {
  const bool has_workers = !is_before_training(name);
  // Read a moment after the process: while that grows, some of it is in both.
  const double strangers = std::max(beside - model.worker_bytes.likely, 0.0);
  held = held * kBetweenSamples + Range{beside - 0.5 * strangers, beside, beside};
  if (!has_workers) held = at_least(held - model.worker_bytes, 0);
  model.phases.push_back({std::move(name), held, has_workers});
}

/// Phases that the run went through lower than its peak, and the training that it did not come to.
void add_other_phases(MemoryModel& model, const Analysis& analysis, std::string_view peak_phase) {
  if (!analysis.facts.at_peak) return;
  const auto beside = beside_main(model, analysis);
  if (!beside) return;
  const auto& shape = analysis.facts.shape;
  const auto seen = in_pool(shape.in_training, model);
  const auto need = model.killed && died_before_a_steady_step(analysis.facts) &&
                            model.holds_tensors && !model.unified
                        ? need_of_training(analysis.facts, model.parts)
                        : std::nullopt;
  if (peak_phase != "train" && (seen || need))
    add_phase(model, "train", need.value_or(Range::of(seen.value_or(Bytes{}))), *beside);
  if (peak_phase == "train" && need) {
    auto& train = model.phases.front();
    train.peak = larger_of(train.peak, *need + Range::exactly(*beside));
  }
  for (const auto& phase : shape.phases) {
    if (phase.name == "train" || phase.name == peak_phase) continue;
    if (const auto level = in_pool(phase.highest, model))
      add_phase(model, phase.name, Range::of(*level), *beside);
  }
}

/// What is held when all is loaded and no step has begun: whatever lets a part go only then (the
/// text encoder, once its output is cached) goes through it.
void add_beginning(MemoryModel& model, const Analysis& analysis) {
  const auto* train = phase_of(analysis.facts, "train");
  if (train == nullptr || !analysis.facts.at_peak) return;
  const auto held = in_pool(train->before, model);
  const auto beside = beside_main(model, analysis);
  if (held && beside) add_phase(model, std::string{kBeforeTraining}, Range::of(*held), *beside);
}

const std::optional<Estimate>* part_of(const RunComponents& parts, std::string_view component) {
  if (component == "sampling") return &parts.sampling;
  if (component == "checkpoint_save") return &parts.checkpoint_save;
  return component == "latent_cache" ? &parts.latent_cache : nullptr;
}

/// Beyond the limit at which it was killed: the rest of the phase's own rise, a request that was
/// refused, and where neither is known as much as came after the last sample.
void raise_to_what_was_wanted(PhasePeak& phase, const MemoryModel& model,
                              const Analysis& analysis) {
  const auto& pool = *analysis.summary.limiting_pool;
  const auto& deciding = analysis.facts.deciding;
  const Bytes requested =
      deciding && is_out_of_memory(*deciding) ? deciding->requested.value_or(Bytes{}) : Bytes{};
  phase.peak.high += std::max(static_cast<double>(requested.count),
                              kUnseenRatio * static_cast<double>(pool.limit.count));
  const auto component = part_in_doubt(model, phase);
  const auto seen = rise_when_killed(analysis.facts, phase.phase, model.parts.home);
  if (component.empty() || component == "activations" || !seen) return;
  const auto* part = part_of(model.parts, component);
  const auto whole = part != nullptr && *part ? (*part)->bytes : whole_rise(*seen);
  const auto before = static_cast<double>(pool.peak.count) - *seen;
  phase.peak = larger_of(phase.peak, whole + Range::exactly(before));
}

/// What the pool held in each phase: its peak, and by the samples what it held in the others.
void take_phases(MemoryModel& model, const Analysis& analysis) {
  const auto& pool = *analysis.summary.limiting_pool;
  const auto& shape = analysis.facts.shape;
  const auto peak_phase = shape.phase_at_peak.empty() ? std::string{"train"} : shape.phase_at_peak;
  model.phases.push_back({peak_phase, Range::of(pool.peak), !is_before_training(peak_phase)});
  if (model.killed) raise_to_what_was_wanted(model.phases.front(), model, analysis);
  add_other_phases(model, analysis, peak_phase);
  add_beginning(model, analysis);
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
         phase == "quantize" || phase == kBeforeTraining;
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
  if (!sampled && !model.asked.train.disable_sampling.value)
    unknown.emplace_back("what sampling takes: no sampling was seen");
  return unknown;
}

std::optional<MemoryModel> fit_memory_model(const Analysis& analysis, const Recipe* recipe) {
  const auto& pool = analysis.summary.limiting_pool;
  if (!pool || recipe == nullptr || pool->peak.count <= 0 || pool->kind == PoolKind::shm ||
      pool->kind == PoolKind::process)
    return std::nullopt;
  MemoryModel model{.recipe = *recipe, .asked = *recipe};
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
