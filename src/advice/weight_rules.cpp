// How wide the base weights are, and where they are.
#include <fmt/format.h>

#include "advice/proposal.h"

namespace tidemark {
namespace {

constexpr double kEightBitPrice = 6, kFourBitPrice = 14, kBlockByBlockPrice = 0.5;

/// Absent: low_vram is offered, or the architecture is none that is known.
std::optional<std::string> why_no_low_vram(const MemoryModel& model) {
  if (model.unified)
    return "it keeps weights in the host's memory while they load, and GPU and CPU share this "
           "memory";
  const auto& arch = model.asked.model.arch.value;
  const auto* family = family_of(arch);
  if (family != nullptr && !family->low_vram)
    return fmt::format("ai-toolkit does not offer it for {}", arch);
  return std::nullopt;
}

ProposalStep quantize_step(const Recipe& recipe, bool to_four_bits) {
  const auto& settings = recipe.model;
  ProposalStep step;
  if (!settings.quantize.value) step.changes.push_back({settings.quantize.path, true});
  if (to_four_bits) step.changes.push_back({settings.qtype.path, std::string{"uint4"}});
  step.price = to_four_bits ? kFourBitPrice : kEightBitPrice;
  step.title = fmt::format("Quantize the frozen base weights to {} bits", to_four_bits ? 4 : 8);
  step.action = to_four_bits ? std::string{"Set model.qtype to uint4"}
                             : fmt::format("Set model.quantize to true ({})", settings.qtype.value);
  step.cost = to_four_bits ? "4 bits change what the model makes; an accuracy recovery adapter, "
                             "where there is one, gives most of it back"
                           : "steps are somewhat slower; the model is as its 8-bit form sees it";
  step.cost += doubt_about(recipe, "be quantized");
  return step;
}

/// The same with low_vram: the load's peak falls too.
ProposalStep block_by_block(const ModelRecipe& settings, ProposalStep step) {
  step.changes.push_back({settings.low_vram.path, true});
  step.price += kBlockByBlockPrice;
  step.title += ", block by block";
  step.action += " and model.low_vram to true";
  step.cost += "; loading takes longer";
  return step;
}

}  // namespace

RuleAnswer quantize_rule(const Analysis& /*analysis*/, const MemoryModel& model) {
  const auto& settings = model.asked.model;
  if (!model.holds_tensors) return {};
  if (!model.asked.network_rank)
    return {.left_out = {{"quantize", "all weights are trained, and quantized ones cannot be"}}};
  const auto* family = family_of(settings.arch.value);
  if (family != nullptr && !family->quantize)
    return {.left_out = {
                {"quantize", fmt::format("ai-toolkit does not quantize {}", settings.arch.value)}}};
  const auto now = quantized_bytes_per_weight(settings.qtype.value);
  const bool wide = !settings.quantize.value;
  if (!wide && !(now && now->likely > 0.7))
    return {.left_out = {
                {"quantize", fmt::format("the weights are {} already", settings.qtype.value)}}};
  Proposal proposal{.id = "quantize",
                    .finding = "unquantized_weights",
                    .current = wide ? ConfigValue{false} : ConfigValue{settings.qtype.value},
                    .without_known_effect = true};
  const bool may_go_by_block = !settings.low_vram.value && !why_no_low_vram(model);
  for (const bool to_four_bits : {false, true}) {
    if (!to_four_bits && !wide) continue;
    auto step = quantize_step(model.asked, to_four_bits);
    proposal.steps.push_back(step);
    if (may_go_by_block) proposal.steps.push_back(block_by_block(settings, std::move(step)));
  }
  RuleAnswer answer;
  if (!wide) answer.left_out.push_back({"quantize_8bit", "model.quantize is on already"});
  answer.proposal = std::move(proposal);
  return answer;
}

RuleAnswer low_vram_rule(const Analysis& /*analysis*/, const MemoryModel& model) {
  const auto& settings = model.asked.model;
  if (!model.holds_tensors) return {};
  if (settings.low_vram.value) return {.left_out = {{"low_vram", "it is on already"}}};
  if (auto why = why_no_low_vram(model)) return {.left_out = {{"low_vram", std::move(*why)}}};
  if (!settings.quantize.value)
    return {
        .left_out = {
            {"low_vram",
             "it matters while weights are quantized: it comes with model.quantize, if at all"}}};
  return {
      .proposal = single_step(
          "low_vram", "unquantized_weights", false,
          {.changes = {{settings.low_vram.path, true}},
           .price = 1.5,
           .title = "Quantize block by block while loading",
           .action = "Set model.low_vram to true",
           .cost = model.on_device
                       ? "loading takes longer, and the host's memory holds the weights meanwhile"
                       : "loading takes longer"})};
}

RuleAnswer offloading_rule(const Analysis& /*analysis*/, const MemoryModel& model) {
  const auto& settings = model.asked.model;
  if (model.unified)
    return {.left_out = {{"layer_offloading",
                          "GPU and CPU share this memory: offloading only copies within it"}}};
  if (!model.on_device || !model.holds_tensors)
    return {.left_out = {{"layer_offloading",
                          "it takes memory of the host, which is what ran "
                          "short"}}};
  if (settings.layer_offloading.value)
    return {.left_out = {{"layer_offloading", "it is on already"}}};
  const auto* family = family_of(settings.arch.value);
  if (family == nullptr || !family->layer_offloading)
    return {.left_out = {
                {"layer_offloading",
                 settings.arch.value.empty()
                     ? std::string{"the architecture is not named in the config"}
                     : fmt::format("ai-toolkit does not offer it for {}", settings.arch.value)}}};
  return {
      .proposal = single_step(
          "layer_offloading", "unquantized_weights", false,
          {.changes = {{settings.layer_offloading.path, true}},
           .price = 11,
           .title = "Stream the layers from the host's memory",
           .action = "Set model.layer_offloading to true",
           .cost = "steps are clearly slower, and the host's memory holds the weights, pinned"})};
}

}  // namespace tidemark
