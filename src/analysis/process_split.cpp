#include "analysis/process_split.h"

#include <algorithm>
#include <array>
#include <optional>

#include "analysis/cut_short.h"

namespace tidemark {
namespace {

struct Part {
  std::string_view component{};
  const std::optional<Estimate>* estimate = nullptr;
};

enum class Moment { loading, before_steps, training, interrupted };

Moment moment_of(const RunFacts& facts) {
  const auto& phase = facts.shape.phase_at_peak;
  if (phase == "model_load") return Moment::loading;
  const bool stepped = facts.step_count > 0;
  if (phase.empty() || phase == "train") return stepped ? Moment::training : Moment::before_steps;
  return stepped ? Moment::interrupted : Moment::before_steps;
}

// Who is there at that moment, the surest first.
std::vector<Part> parts_at(Moment moment, const RunFacts& facts, const RunComponents& parts) {
  std::vector<Part> present{{"model_weights", &parts.model_weights}};
  if (moment == Moment::loading) return present;
  present.push_back({"adapter_weights", &parts.adapter_weights});
  present.push_back({"ema", &parts.ema});
  present.push_back({"latent_cache", &parts.latent_cache});
  if (facts.shape.phase_at_peak == "sampling") present.push_back({"sampling", &parts.sampling});
  if (facts.shape.phase_at_peak == "checkpoint_save")
    present.push_back({"checkpoint_save", &parts.checkpoint_save});
  if (moment == Moment::training) present.push_back({"gradients", &parts.gradients});
  if (moment == Moment::training || moment == Moment::interrupted)
    present.push_back({"optimizer_state", &parts.optimizer_state});
  // A prior is for predictions; a breakdown shows what is known.
  const bool known = parts.activations && parts.activations->basis != Basis::estimated;
  if (moment == Moment::training && known) present.push_back({"activations", &parts.activations});
  return present;
}

/// The component that rises in a phase.
std::string_view rises_in(std::string_view phase) {
  if (phase == "sampling" || phase == "checkpoint_save") return phase;
  if (phase == "latent_caching") return "latent_cache";
  return phase == "train" ? "activations" : "";
}

/// What rose before the kill is what was held: how far it would have gone on is for predictions.
void cap_at_what_rose(std::vector<Part>& present, const RunFacts& facts, TensorHome home,
                      std::optional<Estimate>& capped) {
  const auto& phase = facts.shape.phase_at_peak;
  const auto rise = rise_when_killed(facts, phase, home);
  const auto part = std::ranges::find(present, rises_in(phase), &Part::component);
  if (!rise || part == present.end() || !*part->estimate) return;
  if ((*part->estimate)->bytes.likely <= *rise) return;
  capped = *part->estimate;
  capped->bytes = Range::exactly(*rise);
  part->estimate = &capped;
}

std::vector<Component> split_tensors(const std::vector<Part>& present, const Component& whole) {
  std::vector<Component> split;
  Bytes left = whole.held;
  for (const auto& [component, estimate] : present) {
    if (!*estimate) continue;
    const Bytes held = std::min(to_bytes((*estimate)->bytes.likely), left);
    if (held.count <= 0) continue;
    auto detail = (*estimate)->detail;
    if (held < to_bytes((*estimate)->bytes.likely)) detail += "; capped at what was held";
    split.push_back({std::string{component}, held, (*estimate)->basis, std::move(detail)});
    left = left - held;
  }
  if (split.empty()) return {whole};
  if (left.count > 0)
    split.push_back(
        {whole.component, left, whole.basis,
         whole.component == "main_process"
             ? "the rest of the trainer's own process: interpreter, libraries, and what "
               "could not be told apart"
             : "the rest of what the run holds there, not told apart"});
  return split;
}

bool holds_tensors(const Component& holder, TensorHome home) {
  if (home == TensorHome::main_process) return holder.component == "main_process";
  return home == TensorHome::device &&
         (holder.component == "gpu_tensors" || holder.component == "gpu_memory");
}

}  // namespace

std::vector<Component> split_holders(const RunFacts& facts, const RunComponents& parts,
                                     std::vector<Component> holders) {
  std::vector<Component> split;
  for (const auto& holder : holders) {
    std::vector<Part> present;
    std::optional<Estimate> capped;
    if (holds_tensors(holder, parts.home)) {
      present = parts_at(moment_of(facts), facts, parts);
      cap_at_what_rose(present, facts, parts.home, capped);
    } else if (holder.component ==
               "main_process")  // cached latents are in RAM wherever training is
      present = {{"latent_cache", &parts.latent_cache}};
    for (auto& part : split_tensors(present, holder)) split.push_back(std::move(part));
  }
  std::ranges::sort(split, [](const Component& a, const Component& b) {
    if ((a.component == "unattributed") != (b.component == "unattributed"))
      return b.component == "unattributed";
    return a.held != b.held ? a.held > b.held : a.component < b.component;
  });
  return split;
}

}  // namespace tidemark
