// What is held for each parameter: its width, the optimizer's state, the moving average.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "advice/proposal.h"

namespace tidemark {
namespace {

// bitsandbytes' optimizers need CUDA; ai-toolkit has 8-bit ones of its own (adam8, adamw8) for the
// rest (toolkit/optimizer.py).
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kInEightBits{{
    {"adamw", "adamw8bit"},
    {"adam", "adam8bit"},
    {"lion", "lion8bit"},
    {"prodigy", "prodigy8bit"},
}};

std::string eight_bit_of(const Recipe& recipe) {
  const auto& optimizer = recipe.train.optimizer.value;
  for (const auto& [wide, narrow] : kInEightBits) {
    if (wide != optimizer) continue;
    const bool adam = wide.starts_with("adam");
    if (recipe.device.starts_with("cuda")) return std::string{narrow};
    return adam ? std::string{wide} + "8" : std::string{};
  }
  return {};
}

}  // namespace

RuleAnswer optimizer_rule(const Analysis& /*analysis*/, const MemoryModel& model) {
  const auto& optimizer = model.asked.train.optimizer;
  if (!model.holds_tensors) return {};
  Proposal proposal{
      .id = "smaller_optimizer", .finding = "optimizer_state", .current = optimizer.value};
  if (const auto narrow = eight_bit_of(model.asked); !narrow.empty())
    proposal.steps.push_back(
        {.changes = {{optimizer.path, narrow}},
         .price = 3,
         .title = "Keep the optimizer's state in 8 bits",
         .action = fmt::format("Set train.optimizer to {} (now {})", narrow, optimizer.value),
         .cost = "its moments are rounded; for adapters the difference is rarely seen"});
  if (optimizer.value != "adafactor")
    proposal.steps.push_back(
        {.changes = {{optimizer.path, std::string{"adafactor"}}},
         .price = 9,
         .title = "Use an optimizer with factored state",
         .action = fmt::format("Set train.optimizer to adafactor (now {})", optimizer.value),
         .cost = "another optimizer learns differently: the learning rate has to be found anew"});
  if (proposal.steps.empty())
    return {.left_out = {{"smaller_optimizer", "adafactor keeps next to no state already"}}};
  RuleAnswer answer;
  if (proposal.steps.size() == 1 && optimizer.value.find('8') != std::string::npos)
    answer.left_out.push_back(
        {"optimizer_8bit", fmt::format("{} keeps its state in 8 bits already", optimizer.value)});
  answer.proposal = std::move(proposal);
  return answer;
}

RuleAnswer ema_rule(const Analysis& /*analysis*/, const MemoryModel& model) {
  const auto& setting = model.asked.train.use_ema;
  if (!model.holds_tensors) return {};
  if (!setting.value) return {.left_out = {{"disable_ema", "use_ema is off already"}}};
  return {.proposal = single_step(
              "disable_ema", "ema", true,
              {.changes = {{setting.path, false}},
               .price = 8,
               .title = "Train without the moving average of the weights",
               .action = "Set train.ema_config.use_ema to false",
               .cost = "checkpoints are the weights of their step, not an average: results vary a "
                       "little more; steps are a little quicker"})};
}

RuleAnswer train_dtype_rule(const Analysis& /*analysis*/, const MemoryModel& model) {
  const auto& dtype = model.asked.train.dtype;
  if (!model.holds_tensors || bytes_per_weight(dtype.value).value_or(0) < 4) return {};
  if (!model.asked.network_rank)
    return {.left_out = {{"train_dtype",
                          "all weights are trained: in bf16 their small updates would be lost"}}};
  auto proposal =
      single_step("train_dtype", "unquantized_weights", dtype.value,
                  {.changes = {{dtype.path, std::string{"bf16"}}},
                   .price = 3.5,
                   .title = "Train in bf16",
                   .action = fmt::format("Set train.dtype to bf16 (now {})", dtype.value),
                   .cost = "activations and base weights are rounded to 8 bits of mantissa; the "
                           "adapter stays fp32" +
                           doubt_about(model.asked, "train in bf16")});
  proposal.without_known_effect = true;
  return {.proposal = std::move(proposal)};
}

}  // namespace tidemark
