// Peaks of sampling and saving.
#include <fmt/format.h>

#include <algorithm>

#include "advice/proposal.h"

namespace tidemark {
namespace {

constexpr std::int64_t kSmallestPreview = 256;

/// `part` of the size, a multiple of 64, as the models want it.
std::int64_t scaled(std::int64_t size, double part) {
  const auto small = static_cast<std::int64_t>(static_cast<double>(size) * part);
  return std::max(small / 64 * 64, std::min(size, kSmallestPreview));
}

bool was_seen(const MemoryModel& model, std::string_view phase) {
  return std::ranges::find(model.phases, phase, &PhasePeak::phase) != model.phases.end();
}

}  // namespace

RuleAnswer sampling_size_rule(const Analysis& analysis, const MemoryModel& model) {
  const auto& sample = model.asked.sample;
  if (!model.holds_tensors || !was_seen(model, "sampling")) return {};
  const bool is_peak = analysis.facts.shape.phase_at_peak == "sampling";
  if (!is_peak) return {.left_out = {{"smaller_samples", "the peak is not in sampling"}}};
  Proposal proposal{
      .id = "smaller_samples", .finding = "sampling_spike", .current = sample.width.value};
  double price = 2;
  for (const double part : {0.75, 0.5}) {
    const auto width = scaled(sample.width.value, part), height = scaled(sample.height.value, part);
    if (width >= sample.width.value && height >= sample.height.value) continue;
    proposal.steps.push_back({.changes = {{sample.width.path, width}, {sample.height.path, height}},
                              .price = price,
                              .title = "Sample smaller previews",
                              .action = fmt::format("Sample {} x {} (now {} x {})", width, height,
                                                    sample.width.value, sample.height.value),
                              .cost = "previews show less detail; training is as before"});
    price += 1;
  }
  proposal.steps.push_back({.changes = {{model.asked.train.disable_sampling.path, true}},
                            .price = 4.5,
                            .title = "Train without previews",
                            .action = "Set train.disable_sampling to true",
                            .cost = "no previews; sample from the checkpoints afterwards"});
  return {.proposal = std::move(proposal)};
}

RuleAnswer save_dtype_rule(const Analysis& analysis, const MemoryModel& model) {
  const auto& dtype = model.asked.save_dtype;
  if (!model.holds_tensors || analysis.facts.shape.phase_at_peak != "checkpoint_save") return {};
  if (bytes_per_weight(dtype.value).value_or(0) <= 2)
    return {.left_out = {
                {"save_dtype", fmt::format("checkpoints are saved in {} already", dtype.value)}}};
  return {.proposal = single_step(
              "save_dtype", "checkpoint_save_spike", dtype.value,
              {.changes = {{dtype.path, std::string{"float16"}}},
               .price = 1,
               .title = "Save checkpoints in half precision",
               .action = fmt::format("Set save.dtype to float16 (now {})", dtype.value),
               .cost = "the file is half as large; what it loses is below what training "
                       "resolves"})};
}

}  // namespace tidemark
