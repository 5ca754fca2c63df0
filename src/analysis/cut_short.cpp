#include "analysis/cut_short.h"

#include <algorithm>

#include "analysis/run_level.h"

namespace tidemark {
namespace {

// A run that was killed while it rose was anywhere on its way; most are past a third of it.
constexpr Range kWholeRise{1, 1.25, 2};
// Activations against what was held before training, where no step began: from a large model with a
// small batch to the reverse.
constexpr Range kUnseenActivations{0, 0.1, 0.3};

constexpr std::string_view kOfFirstSteps =
    "from how far training had risen when the run died in its first steps: ";

double likely(const std::optional<Estimate>& estimate) {
  return estimate ? estimate->bytes.likely : 0;
}

/// Before its first step: when training began, else before the phase in which it died.
std::optional<Bytes> held_before_training(const RunFacts& facts, TensorHome home) {
  if (const auto* train = phase_of(facts, "train")) return at_home(train->before, home);
  const auto* last = phase_of(facts, facts.shape.phase_at_peak);
  if (last == nullptr || last->name == "model_load") return std::nullopt;
  return at_home(last->before, home);
}

}  // namespace

Bytes unsampled_growth(const RunFacts& facts) {
  Bytes growth;
  for (const auto& pool : facts.pools)
    if (pool.basis == Basis::computed) growth = std::max(growth, pool.peak - pool.sampled);
  return growth;
}

bool died_before_a_steady_step(const RunFacts& facts) {
  return facts.end && is_oom(facts.end->exit.kind) && facts.step_count < 2;
}

std::optional<double> rise_when_killed(const RunFacts& facts, std::string_view name,
                                       TensorHome home) {
  const bool killed = facts.end && is_oom(facts.end->exit.kind);
  const auto* phase = phase_of(facts, name);
  if (!killed || phase == nullptr || facts.shape.phase_at_peak != name) return std::nullopt;
  const auto before = at_home(phase->before, home), highest = at_home(phase->highest, home);
  if (!before || !highest) return std::nullopt;
  const auto rise = *highest - *before + unsampled_growth(facts);
  return rise.count > 0 ? std::optional{static_cast<double>(rise.count)} : std::nullopt;
}

Range whole_rise(double seen_bytes) {
  return kWholeRise * seen_bytes;
}

std::optional<Estimate> activations_of_first_steps(const RunFacts& facts,
                                                   const RunComponents& parts) {
  const auto rise = rise_when_killed(facts, "train", parts.home);
  if (!rise) return std::nullopt;
  const double gradients = likely(parts.gradients), state = likely(parts.optimizer_state);
  // The optimizer's state and the gradients may be all that it died of: activations are then
  // anything that still found room.
  if (gradients + state >= 0.9 * *rise)
    return Estimate{{0, 0.15 * *rise, 0.5 * *rise},
                    Basis::estimated,
                    std::string{kOfFirstSteps} +
                        "gradients and the optimizer's state came to all "
                        "of it"};
  return Estimate{{0.95 * (*rise - gradients - state), (*rise - gradients) * kWholeRise.likely,
                   *rise * kWholeRise.high},
                  Basis::measured,
                  std::string{kOfFirstSteps} + "less the gradients; the rest is not known"};
}

std::string_view part_in_doubt(const MemoryModel& model, const PhasePeak& phase) {
  if (!model.killed || !model.holds_tensors) return {};
  if (phase.phase == "train") return model.parts.activations_cut_short ? "activations" : "";
  if (&phase != &model.phases.front()) return {};
  if (phase.phase == "sampling") return "sampling";
  if (phase.phase == "checkpoint_save") return "checkpoint_save";
  if (phase.phase == "latent_caching") return "latent_cache";
  return phase.phase == "model_load" ? "model_weights" : "";
}

std::optional<Range> need_of_training(const RunFacts& facts, const RunComponents& parts) {
  const auto before = held_before_training(facts, parts.home);
  if (!before || before->count <= 0 || !parts.trainable) return std::nullopt;
  const double gradients = likely(parts.gradients);
  const auto held = Range::of(*before);
  const auto activations = parts.activations ? parts.activations->bytes : held * kUnseenActivations;
  auto need = held + activations;
  if (parts.optimizer_state) need = need + parts.optimizer_state->bytes;
  // Activations go as gradients come: together they are less than their sum.
  return need + Range{std::max(gradients - activations.low, 0.0), 0.8 * gradients, gradients};
}

}  // namespace tidemark
