// The numbers a trainer writes behind its bar or on a line of its own: "lr: 1.0e-04 loss: 3.1e-01",
// "loss=0.26, lr=1e-3", "{'loss': 0.68, 'learning_rate': 9.8e-06}".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark {

struct BarValues {
  std::optional<double> loss{};
  std::optional<double> learning_rate{};
  std::optional<double> gradient_norm{};
  bool empty() const { return !loss && !learning_rate && !gradient_norm; }
};

/// Of several keys that mean the same, the plainest name wins: "loss" before "step_loss" before
/// "avr_loss". Losses of validation and loss scales are not taken. Linear in the text.
BarValues parse_bar_values(std::string_view text);

}  // namespace tidemark
