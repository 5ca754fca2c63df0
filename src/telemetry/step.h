// One optimiser step.
#pragma once

#include <cstdint>
#include <optional>

namespace tidemark {

/// Where a step came from. The order is the order of trust: a later one never replaces an earlier.
enum class StepSource : std::uint8_t { hook, loss_log, bar };

struct StepRecord {
  std::int64_t step = 0;
  double unix_seconds = 0;
  std::optional<double> loss{};  // NaN and infinity are kept as such
  std::optional<std::int64_t> batch_size{};
  std::optional<double> gradient_norm{};
  std::optional<double> learning_rate{};
  std::optional<double> step_time_seconds{};
  std::optional<double> data_wait_seconds{};
  std::optional<std::int64_t> total_steps{};  // as far as the source shows it
  StepSource source = StepSource::hook;
  // More of a step that this source told of before: a tensor's value is read one step later.
  bool completes = false;
  std::int32_t rank = 0;
};

}  // namespace tidemark
