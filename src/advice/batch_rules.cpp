// What activations go with: batch size, resolution, checkpointing.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "advice/proposal.h"

namespace tidemark {
namespace {

// A resolution below this share of what was asked for is another training.
constexpr double kSmallestResolutionShare = 0.6;
constexpr std::int64_t kResolutionStep = 64;
constexpr std::int64_t kMostBatch = 4096;

/// How the effective batch is kept when a batch of `was` becomes one of `now`.
struct Kept {
  std::vector<SettingChange> changes{};
  std::string words{};  // of the cost
};

Kept keep_effective_batch(const Recipe& recipe, std::int64_t was, std::int64_t now) {
  const auto& train = recipe.train;
  const auto factor = was / now;
  if (train.gradient_accumulation_steps.value < 0)
    return {{},
            "gradients are accumulated over the whole epoch already: the effective batch stays"};
  if (was % now != 0)
    return {{},
            fmt::format("the effective batch of {} cannot be kept by accumulation: {} does not "
                        "divide it",
                        was, now)};
  const bool mixed = std::ranges::any_of(recipe.datasets, [&](const DatasetRecipe& dataset) {
    return batch_size_of(recipe, dataset) != was;
  });
  const std::string others =
      mixed ? "; the effective batch of the other datasets grows with it" : "";
  // The two forms of accumulation exclude each other (ai-toolkit refuses both at once).
  if (train.gradient_accumulation_steps.value > 1) {
    const auto count = train.gradient_accumulation_steps.value * factor;
    return {{{train.gradient_accumulation_steps.path, count}},
            fmt::format("gradients of {} batches are added up, so the effective batch stays; each "
                        "counts as a step{}",
                        count, others)};
  }
  const auto count = std::max<std::int64_t>(train.gradient_accumulation.value, 1) * factor;
  return {{{train.gradient_accumulation.path, count}},
          fmt::format("gradients of {} batches are added up, so the effective batch stays; a step "
                      "takes about as long as before or a little longer{}",
                      count, others)};
}

ProposalStep batch_step(const Recipe& recipe, std::int64_t was, std::int64_t now) {
  ProposalStep step;
  for (const auto& dataset : recipe.datasets)
    if (dataset.batch_size.value > now) step.changes.push_back({dataset.batch_size.path, now});
  if (recipe.train.batch_size.value > now)
    step.changes.insert(step.changes.begin(), {recipe.train.batch_size.path, now});
  const auto kept = keep_effective_batch(recipe, was, now);
  step.changes.insert(step.changes.end(), kept.changes.begin(), kept.changes.end());
  step.price = 4 + 1.5 * std::log2(static_cast<double>(was) / static_cast<double>(now));
  if (kept.changes.empty()) step.price += 4;
  step.title = fmt::format("Use a batch size of {}", now);
  step.action = fmt::format("Set batch_size to {} (now {})", now, was);
  if (!kept.changes.empty())
    step.action += fmt::format(" and {} to {}",
                               kept.changes[0].path.substr(kept.changes[0].path.rfind('.') + 1),
                               std::get<std::int64_t>(kept.changes[0].value));
  step.cost = kept.words;
  return step;
}

ProposalStep resolution_step(const Recipe& recipe, std::int64_t was, std::int64_t now) {
  ProposalStep step;
  for (const auto& dataset : recipe.datasets)
    for (const auto& size : dataset.resolutions)
      if (size.value > now) step.changes.push_back({size.path, now});
  const double lost = 1 - static_cast<double>(now) / static_cast<double>(was);
  step.price = 12 + 20 * lost;
  step.title = fmt::format("Train at a resolution of {}", now);
  step.action = fmt::format("Set resolution to {} where it is larger (now up to {})", now, was);
  step.cost = "finer detail is not learned";
  return step;
}

bool is_a_resolution(const Recipe& recipe, std::int64_t size) {
  for (const auto& dataset : recipe.datasets)
    if (dataset.resolutions.size() > 1 &&
        std::ranges::find(dataset.resolutions, size, &Count::value) != dataset.resolutions.end())
      return true;  // it would be trained twice as often
  return false;
}

}  // namespace

RuleAnswer batch_size_rule(const Analysis& /*analysis*/, const MemoryModel& model) {
  const auto& recipe = model.asked;
  if (!model.holds_tensors) return {};
  const auto was = largest_batch(recipe);
  if (was <= 1) return {.left_out = {{"smaller_batch", "the batch size is 1 already"}}};
  if (was > kMostBatch) return {};
  if (recipe.train.single_item_batching.value)
    return {
        .left_out = {{"smaller_batch", "single_item_batching runs one item at a time already"}}};
  Proposal proposal{
      .id = "smaller_batch", .finding = "batch_size", .current = was, .without_known_effect = true};
  std::vector<std::int64_t> sizes;
  for (auto now = was - 1; now >= 1; --now)
    if (was % now == 0) sizes.push_back(now);
  for (const auto now : sizes) proposal.steps.push_back(batch_step(recipe, was, now));
  return {.proposal = std::move(proposal)};
}

RuleAnswer checkpointing_rule(const Analysis& /*analysis*/, const MemoryModel& model) {
  const auto& setting = model.asked.train.gradient_checkpointing;
  if (!model.holds_tensors) return {};
  if (setting.value)
    return {.left_out = {{"gradient_checkpointing",
                          setting.written ? "it is on already"
                                          : "it is on already, by ai-toolkit's default"}}};
  auto proposal = single_step(
      "gradient_checkpointing", "gradient_checkpointing_off", false,
      {.changes = {{setting.path, true}},
       .price = 5,
       .title = "Recompute activations instead of keeping them",
       .action = "Set train.gradient_checkpointing to true",
       .cost = "the backward pass computes the forward pass again: steps commonly take 20 to 35% "
               "longer"});
  proposal.most = Severity::warning;
  proposal.without_known_effect = true;
  return {.proposal = std::move(proposal)};
}

RuleAnswer resolution_rule(const Analysis& /*analysis*/, const MemoryModel& model) {
  const auto was = largest_resolution(model.asked);
  if (!model.holds_tensors || was < 2 * kResolutionStep) return {};
  Proposal proposal{
      .id = "lower_resolution", .finding = "resolution", .most = Severity::warning, .current = was};
  const auto smallest =
      static_cast<std::int64_t>(kSmallestResolutionShare * static_cast<double>(was));
  const auto stride = std::max(kResolutionStep, was / 8 / kResolutionStep * kResolutionStep);
  for (auto now = (was - 1) / kResolutionStep * kResolutionStep; now >= smallest && now > 0;
       now -= stride)
    if (!is_a_resolution(model.asked, now))
      proposal.steps.push_back(resolution_step(model.asked, was, now));
  if (proposal.steps.empty()) return {};
  return {.proposal = std::move(proposal)};
}

}  // namespace tidemark
