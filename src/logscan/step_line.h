// Training steps that are printed as lines instead of bars.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark {

struct StepLine {
  std::int64_t step = 0;
  std::optional<std::int64_t> total{};
  std::optional<double> loss{};
  std::optional<double> learning_rate{};
};

/// "step 100/2000 loss: 0.3", "iteration       30/    1000 | ...", "Epoch: [0/100]  [  90/1562]
/// ...",
/// "[10/70][1530/2860]", "step=100, skipped=0, lr=[2e-05]", "100/500 [==>...] - loss: 0.5". Where
/// an epoch and an iteration stand in one line the iteration counts; an epoch alone is no step.
/// Lines of validation, sampling, saving and loading are none, nor is a count without a total on a
/// line that shows no value of training.
std::optional<StepLine> parse_step_line(std::string_view line);

}  // namespace tidemark
