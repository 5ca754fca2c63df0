// What feeds the trainer: worker processes and the batches they hold ready.
#include <fmt/format.h>

#include "advice/proposal.h"

namespace tidemark {
namespace {

// More workers than this are nobody's config; the bound keeps a hostile one from costing time.
constexpr std::int64_t kMostWorkers = 64;

ProposalStep workers_step(const Count& setting, std::int64_t count) {
  const auto removed = static_cast<double>(setting.value - count);
  ProposalStep step{.changes = {{setting.path, count}},
                    .price = 1.5 + 2.5 * removed / static_cast<double>(setting.value)};
  step.title = count == 0 ? "Load data without worker processes"
                          : fmt::format("Use {} DataLoader worker{}", count, count == 1 ? "" : "s");
  step.action = fmt::format("Set num_workers to {} (now {})", count, setting.value);
  step.cost = count == 0 ? "the trainer loads its data itself: steps may wait for it"
                         : "fewer processes load data: steps may wait for it";
  if (count == 0) step.price += 0.5;
  return step;
}

/// The loader whose workers there are: the training sets', else the regularisation sets'.
const DatasetRecipe* loader_with_workers(const Recipe& recipe) {
  for (const bool regularisation : {false, true})
    if (const auto* head = loader_head(recipe, regularisation);
        head != nullptr && head->num_workers.value > 0)
      return head;
  return nullptr;
}

}  // namespace

RuleAnswer workers_rule(const Analysis& analysis, const MemoryModel& model) {
  if (model.on_device)
    return {.left_out = {{"fewer_workers", "DataLoader workers hold no device memory"}}};
  const auto* head = loader_with_workers(model.asked);
  if (head == nullptr) return {.left_out = {{"fewer_workers", "num_workers is 0 already"}}};
  if (model.workers <= 0) return {};
  const auto& setting = head->num_workers;
  Proposal proposal{
      .id = "fewer_workers", .finding = "dataloader_workers", .current = setting.value};
  for (auto count = std::min(setting.value, kMostWorkers) - 1; count >= 0; --count)
    proposal.steps.push_back(workers_step(setting, count));
  const auto& sample = *analysis.facts.at_peak;
  proposal.evidence = {{.text = fmt::format("USS of {} worker{} at the peak", model.workers,
                                            model.workers == 1 ? "" : "s"),
                        .source = "smaps_rollup",
                        .value = model.worker_bytes.likely / kBytesPerGib,
                        .unit = "GB",
                        .at = sample.unix_seconds}};
  return {.proposal = std::move(proposal)};
}

RuleAnswer prefetch_rule(const Analysis& /*analysis*/, const MemoryModel& model) {
  const auto* head = loader_with_workers(model.asked);
  if (model.on_device || head == nullptr || model.workers <= 0) return {};
  const auto& setting = head->prefetch_factor;
  if (setting.value <= 1) return {.left_out = {{"prefetch_factor", "it is 1 already"}}};
  return {.proposal = single_step(
              "prefetch_factor", "dataloader_workers", setting.value,
              {.changes = {{setting.path, std::int64_t{1}}},
               .price = 1,
               .title = "Keep one batch ready for each worker",
               .action = fmt::format("Set prefetch_factor to 1 (now {})", setting.value),
               .cost = "a slow picture is felt sooner"})};
}

}  // namespace tidemark
